import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  type Category,
  DEVICE_CATEGORIES,
  decodeToken,
  FleetError,
  invalid,
  isLimited,
  type Person,
  streamOf,
} from "@fleetlog/domain";
import { accountFor } from "@fleetlog/fleet";
import { CATEGORY_ACTIONS, readableCategories, scopeOf } from "@fleetlog/identity";
import {
  StartTrialBody,
  TRIAL,
  Trial,
  TrialCounts,
  TrialDifference,
  type TrialReference,
  type TrialRequest,
  TrialRow,
  TrialScanned,
  TrialUpdate,
  TriedPresence,
  TriedProjection,
  TriedScan,
  trialCalls,
} from "@fleetlog/protocol";
import { parseDuration } from "@fleetlog/runtime";
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import { personOf, scopeFor } from "../../../access/authorize.ts";
import type { HttpContext } from "../../../context.ts";
import type { HttpResource } from "../../resource.ts";
import { momentFrom } from "../moment.ts";
import { TRIAL_EXAMPLES } from "./examples.ts";

const tags = ["history"];
/** The same maximum as for a catalogue that is read from a vendor. */
const MAX_CATALOGUE_BYTES = 512 * 1024;
/** Maximum size of a body. It is larger than that of others, because the JSON of a catalogue may have white space. */
const MAX_BODY_BYTES = 1024 * 1024;
const MOST_MS = 7 * 86_400_000;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ById = Type.Object({ id: Type.String({ minLength: 1, maxLength: 512 }) });

export const trials: HttpResource = {
  tag: "history",
  schemas: {
    ...{ StartTrialBody, TriedPresence, TriedProjection, TriedScan, Trial, TrialDifference, TrialCounts },
    ...{ TrialRow, TrialUpdate, TrialScanned },
  },
  examples: TRIAL_EXAMPLES,
  prefix: "/api",
  routes: trialRoutes,
};

function trialRoutes({ fleet }: HttpContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      "/history/trials",
      {
        config: { action: "history.read" },
        bodyLimit: MAX_BODY_BYTES,
        schema: {
          operationId: "startTrial",
          summary: "Try another time-out, gateway lease, another catalogue, or a projection of your own on the history",
          description:
            "Computes which disconnections of a span would have been different. Nothing that is live changes. The answer comes at " +
            "once; `getTrial` shows the progress and the result. A historian keeps the trial in its memory until five minutes after " +
            "it was last read. A `scan` compares the devices as of `to` with a catalogue of your own. A `projection` is JavaScript, which folds the events of the span into `rows`; it has no access to anything else. " +
            "`limits` says what the log does not have. A lease shorter than the one with which a gateway was lost is refused.",
          tags,
          body: StartTrialBody,
          response: { 202: Trial },
          problems: [
            "account-unknown",
            "device-unknown",
            "group-unknown",
            "limit-reached",
            "query-limit",
            "history-unavailable",
          ],
          hasLocation: true,
        },
      },
      async (request, reply) => {
        const { presence, projection, scan, from, to, ...query } = request.body;
        if ([presence, projection, scan].filter((one) => one !== undefined).length !== 1) {
          throw invalid("presence", "give exactly one of presence, projection and scan");
        }
        if (scan !== undefined && query.account !== undefined) await fleet.accounts.get(query.account);
        const asked: TrialRequest = {
          ...query,
          ...(presence !== undefined && {
            presence: {
              ...(presence.timeout !== undefined && { timeout: durationFrom(presence.timeout, "timeout") }),
              ...(presence.lease !== undefined && { lease: durationFrom(presence.lease, "lease") }),
            },
          }),
          ...(projection !== undefined && {
            projection: { ...projection, categories: categoriesFor(personOf(request), projection.categories) },
          }),
          ...(scan !== undefined && scanFor(personOf(request), scan, request.body)),
          ...(from !== undefined && { from: momentFrom(from, "from") }),
          ...(to !== undefined && { to: momentFrom(to, "to") }),
          ...callerOf(request),
        };
        const trial = await fleet.history.answerOnce<Trial>(TRIAL, asked);
        return reply.status(202).header("location", `/api/history/trials/${trial.id}`).send(trial);
      },
    );

    app.get(
      "/history/trials/:id",
      {
        config: { action: "history.read" },
        schema: {
          operationId: "getTrial",
          summary: "The progress and the result of a trial",
          description: "Only for the person who began the trial.",
          tags,
          params: ById,
          response: { 200: Trial },
          problems: ["not-found", "history-unavailable"],
        },
      },
      async (request) => {
        const { id } = request.params;
        const reference: TrialReference = { id, ...callerOf(request) };
        return await fleet.history.answer<Trial>(trialCalls.read(historianOf(id)), reference);
      },
    );

    app.delete(
      "/history/trials/:id",
      {
        config: { action: "history.read" },
        schema: {
          operationId: "endTrial",
          summary: "End a trial, and forget its result",
          description: "Only for the person who began the trial.",
          tags,
          params: ById,
          response: { 204: Type.Null() },
          problems: ["not-found", "history-unavailable"],
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const reference: TrialReference = { id, ...callerOf(request) };
        await fleet.history.answer(trialCalls.end(historianOf(id)), reference);
        return reply.status(204).send(null);
      },
    );
  };
}

function callerOf(request: FastifyRequest): Pick<TrialReference, "by" | "scope"> {
  const scope = scopeFor(request);
  return { by: personOf(request).id, ...(scope !== undefined && isLimited(scope) && { scope }) };
}

/**
 * @throws FleetError `forbidden` for a category that the person may not read, `invalid-request` for one that can't be
 * folded
 */
function categoriesFor(person: Person, asked: readonly Category[] | undefined): Category[] {
  if (asked === undefined) {
    const ofDevices: ReadonlySet<Category> = new Set(DEVICE_CATEGORIES);
    return readableCategories(person).filter((one) => ofDevices.has(one));
  }
  for (const category of asked) {
    scopeOf(person, CATEGORY_ACTIONS[category]);
    if (!["FLEET", "TELEMETRY"].includes(streamOf(category))) {
      throw invalid("projection.categories", `events of the category ${category} can't be folded`);
    }
  }
  return [...new Set(asked)];
}

/**
 * A catalogue is for one account's devices: the named account's, the caller's, or that of the device.
 *
 * @throws FleetError `forbidden`, `account-unknown`, `invalid-request` for a list that is longer than a catalogue may
 * be
 */
function scanFor(
  person: Person,
  scan: TriedScan,
  { account: named, device }: Pick<TrialRequest, "account" | "device">,
): Pick<TrialRequest, "scan" | "account"> {
  scopeOf(person, "update.read");
  if (Buffer.byteLength(JSON.stringify(scan.packages)) > MAX_CATALOGUE_BYTES) {
    throw invalid("scan.packages", `a catalogue has at most ${MAX_CATALOGUE_BYTES / 1024} KiB`);
  }
  if (device !== undefined && named === undefined) return { scan };
  return { scan, account: accountFor({ principal: person, by: person.id }, "update.read", named) };
}

/** The historian that has the trial, encoded as in bus subjects. */
function historianOf(id: string): string {
  const [historian = "", trial = "", ...rest] = id.split(".");
  if (!UUID.test(trial) || rest.length > 0 || decodeToken(historian) === undefined) {
    throw new FleetError("not-found", `there is no trial ${id}`, { field: "id" });
  }
  return historian;
}

function durationFrom(text: string, name: "timeout" | "lease"): number {
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined && milliseconds >= 1 && milliseconds <= MOST_MS) return milliseconds;
  throw invalid(`presence.${name}`, `presence.${name} must be a duration such as 90s, up to 7d`);
}
