import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { FleetError, type Person, parseDeviceId } from "@fleetlog/domain";
import { scopeOf } from "@fleetlog/identity";
import {
  AtQuery,
  ListPastDevicesQuery,
  PastAnswer,
  PastDevice,
  PastDevicePage,
  PastSummary,
  profileFault,
  type Queries,
  type QueryName,
} from "@fleetlog/protocol";
import Type from "typebox";
import { personOf, scopeFor } from "../../../access/authorize.ts";
import type { HttpContext } from "../../../context.ts";
import { validatorCompiler } from "../../../input/validation.ts";
import { ById } from "../../devices/by-id.ts";
import type { HttpResource } from "../../resource.ts";
import { momentFrom } from "../moment.ts";
import { PAST_FLEET_EXAMPLES } from "./examples.ts";
import { PAST_QUERIES } from "./queries.ts";

const tags = ["history"];
const problems = ["history-unavailable"] as const;
const names = [...PAST_QUERIES.keys()];
const ByQuery = Type.Object({ query: Type.Enum(names, { description: "A query of the views" }) });
const AnyParams = Type.Object(AtQuery.properties, { additionalProperties: true });

export const pastFleet: HttpResource = {
  tag: "history",
  description: "The fleet as of any moment of the log. For analysts, operators, owners and administrators",
  schemas: { PastDevicePage, PastDevice, PastSummary, PastAnswer },
  examples: PAST_FLEET_EXAMPLES,
  prefix: "/api",
  routes: pastFleetRoutes,
};

function pastFleetRoutes({ fleet }: HttpContext): FastifyPluginAsyncTypebox {
  const checks = new Map(
    [...PAST_QUERIES].map(([name, { params: schema }]) => [
      name,
      validatorCompiler({ schema, httpPart: "querystring", method: "GET", url: "" }),
    ]),
  );

  /**
   * Schemas of the answers. Like answers about the present, they lack the properties that only Fleetlog's processes
   * use.
   */
  const shapes = new Map(
    [...PAST_QUERIES].map(([name, { result }]) => [name, { ...Type.Object({ ...PastAnswer.properties, result }) }]),
  );

  return async (app) => {
    app.get(
      "/history/devices",
      {
        config: { action: "history.read" },
        schema: {
          operationId: "listPastDevices",
          summary: "The list of devices as of a moment",
          description:
            "Filters, sorting and pages are those of `GET /api/devices`, applied to the devices as of then. All pages show " +
            "the first page's moment. The answer has the devices that the caller may see today.",
          tags,
          querystring: ListPastDevicesQuery,
          response: { 200: PastDevicePage },
          problems: ["group-unknown", ...problems],
        },
      },
      async (request) => {
        const { at: asked, known: askedKnown, ...params } = request.query;
        const options = { ...momentsIn({ at: asked, known: askedKnown }), scope: scopeFor(request) };
        const { seq, at, known, result } = await fleet.history.asOf("devices.list", params, options);
        return { ...result, at, seq, ...(known && { known }) };
      },
    );

    app.get(
      "/history/devices/:id",
      {
        config: { action: "history.read" },
        schema: {
          operationId: "getPastDevice",
          summary: "One device as of a moment",
          tags,
          params: ById,
          querystring: AtQuery,
          response: { 200: PastDevice },
          problems: ["device-unknown", ...problems],
        },
      },
      async (request) => {
        const id = parseDeviceId(request.params.id);
        const options = { ...momentsIn(request.query), scope: scopeFor(request) };
        const { seq: atSeq, at, known, reports, result } = await fleet.history.asOf("devices.get", { id }, options);
        if (result === null)
          throw new FleetError("device-unknown", `there was no device ${id} at that moment`, { field: "id" });
        const fault = result.profile === undefined ? undefined : profileFault(result.profile);
        return {
          ...{ ...result, ...(fault !== undefined && { profileFault: fault }), at, atSeq },
          ...(known && { known }),
          ...(reports && { reports: [...reports] }),
        };
      },
    );

    app.get(
      "/history/summary",
      {
        config: { action: "history.read" },
        schema: {
          operationId: "summarizePastFleet",
          summary: "Counts of the fleet as of a moment",
          tags,
          querystring: AtQuery,
          response: { 200: PastSummary },
          problems: [...problems],
        },
      },
      async (request) => {
        const options = { ...momentsIn(request.query), scope: scopeFor(request) };
        const { seq, at, known, result } = await fleet.history.asOf("devices.summary", {}, options);
        return { ...result, at, seq, ...(known && { known }) };
      },
    );

    app.get(
      "/history/views/:query",
      {
        config: { action: "history.read" },
        schema: {
          operationId: "queryPastView",
          summary: "A query of the views as of a moment",
          description:
            "The other parameters are the query's own, such as `state` and `cursor` of `commands.list`. The caller also " +
            "needs the right to read what the query answers.",
          tags,
          params: ByQuery,
          querystring: AnyParams,
          response: { 200: PastAnswer },
          problems: ["group-unknown", ...problems],
        },
      },
      async (request, reply) => {
        const person = personOf(request);
        const { at: asked, known: askedKnown, ...given } = request.query;
        const { query } = request.params;
        const { limits, shown = (result: unknown) => result } = pastQuery(query, person);
        const checked = checks.get(query)?.(given) as { readonly value?: object; readonly error?: Error };
        if (checked.error !== undefined) throw checked.error;
        const params = { ...checked.value, ...limits?.(person) } as Queries[QueryName]["params"];
        const options = { ...momentsIn({ at: asked, known: askedKnown }), scope: scopeFor(request) };
        const { seq, at, known, result } = await fleet.history.asOf(query as QueryName, params, options);
        const answer = {
          at,
          seq,
          ...(known && { known }),
          result: await shown(result, { person, personal: fleet.personal }),
        };
        const shape = shapes.get(query);
        if (result === null || shape === undefined) return answer;
        const write = reply.compileSerializationSchema(shape) as (value: unknown) => string;
        return reply.type("application/json; charset=utf-8").serializer(write).send(answer);
      },
    );
  };
}

function momentsIn({ at, known }: { readonly at: string; readonly known?: string | undefined }) {
  return { at: momentFrom(at), ...(known !== undefined && { known: momentFrom(known, "known") }) };
}

/** @throws FleetError `forbidden` if the person may not read what the query answers */
function pastQuery(name: string, person: Person) {
  const query = PAST_QUERIES.get(name);
  if (query === undefined) throw new FleetError("not-found", `there is no query ${name}`);
  scopeOf(person, query.action);
  return query;
}
