import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { type RecordedEvent, unknownProvisionRequest } from "@fleetlog/domain";
import { createProvisionRequest, renewActivationKey, stopProvisioning } from "@fleetlog/fleet";
import { withoutRepeats } from "@fleetlog/log";
import {
  CreatedProvisionRequest,
  CreateProvisionRequestBody,
  ListProvisionRequestsQuery,
  NewActivationKey,
  ProvisionRequestDetail,
  ProvisionRequestPage,
  ProvisionRequestResource,
} from "@fleetlog/protocol";
import Type from "typebox";
import { scopeFor } from "../../access/authorize.ts";
import type { HttpContext } from "../../context.ts";
import { NoQuery } from "../../input/no-query.ts";
import { readerOptions } from "../../input/reader-options.ts";
import { callerOf } from "../caller.ts";
import type { HttpResource } from "../resource.ts";
import { PROVISIONING_EXAMPLES } from "./examples-provisioning.ts";

const tags = ["provisioning"];
const MAX_EVENTS = 500;
const ById = Type.Object({ id: Type.String({ maxLength: 64, description: "Id of a provision request" }) });

export const provisionRequests: HttpResource = {
  tag: "provisioning",
  description: "Provision new devices without anybody handling them",
  schemas: {
    ProvisionRequest: ProvisionRequestResource,
    ProvisionRequestPage,
    ProvisionRequestDetail,
    CreateProvisionRequest: CreateProvisionRequestBody,
    CreatedProvisionRequest,
    NewActivationKey,
  },
  examples: PROVISIONING_EXAMPLES,
  prefix: "/api",
  routes: provisionRequestRoutes,
};

function provisionRequestRoutes({ fleet, clock, notifiedSeq }: HttpContext): FastifyPluginAsyncTypebox {
  const { log } = fleet;
  /** The highest sequence that a call to this node has written. */
  let written = 0;
  const forgetStatus = log.onStatus((status) => {
    if (status === "away") written = 0;
  });
  const options = (scope: ReturnType<typeof scopeFor>) => ({
    scope,
    ...readerOptions(Math.max(written, notifiedSeq())),
  });

  async function eventsOf(id: string): Promise<RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    const query = { stream: "FLEET", category: "provisioning", entity: id, limit: MAX_EVENTS } as const;
    for await (const event of withoutRepeats(log.read(query))) events.push(event);
    return events;
  }

  return async (app) => {
    app.addHook("onClose", async () => forgetStatus());

    app.get(
      "/provision-requests",
      {
        config: { action: "provision-request.read" },
        schema: {
          operationId: "listProvisionRequests",
          summary: "List provision requests, the newest first",
          tags,
          querystring: ListProvisionRequestsQuery,
          response: { 200: ProvisionRequestPage },
          problems: ["view-unavailable"],
        },
      },
      (request) => fleet.views.query("provisionRequests.list", request.query, options(scopeFor(request))),
    );

    app.post(
      "/provision-requests",
      {
        config: { action: "provision-request.create", idempotent: true },
        schema: {
          operationId: "createProvisionRequest",
          summary: "Create a provision request",
          description: "The password and the activation key are only in this answer.",
          tags,
          body: CreateProvisionRequestBody,
          response: { 201: CreatedProvisionRequest },
          problems: [
            "provision-request-exists",
            "account-unknown",
            "artifact-unknown",
            "payload-too-large",
            "conflict",
            "view-unavailable",
            "log-full",
          ],
          hasLocation: true,
        },
      },
      async (request, reply) => {
        const { seq, ...created } = await createProvisionRequest(fleet, callerOf(request), request.body, clock());
        written = Math.max(written, seq);
        const location = `/api/provision-requests/${created.id}`;
        return reply
          .status(201)
          .header("location", location)
          .send({ ...created, state: "CREATED" });
      },
    );

    app.get(
      "/provision-requests/:id",
      {
        config: { action: "provision-request.read" },
        schema: {
          operationId: "getProvisionRequest",
          summary: "A provision request and its events",
          tags,
          params: ById,
          querystring: NoQuery,
          response: { 200: ProvisionRequestDetail },
          problems: ["provision-request-unknown", "view-unavailable"],
        },
      },
      async (request) => {
        const { id } = request.params;
        const found = await fleet.views.query("provisionRequests.get", { id }, options(scopeFor(request)));
        if (found === null) throw unknownProvisionRequest();
        return { ...found, events: await eventsOf(id) };
      },
    );

    app.post(
      "/provision-requests/:id/stop",
      {
        config: { action: "provision-request.change" },
        schema: {
          operationId: "stopProvisionRequest",
          summary: "Stop a provision request",
          description:
            "The state is `STOPPED` at once if no device has logged in, otherwise `STOPPING` until the device's session has ended.",
          tags,
          params: ById,
          querystring: NoQuery,
          response: { 200: ProvisionRequestResource },
          problems: ["provision-request-unknown", "provision-state", "conflict", "view-unavailable", "log-full"],
        },
      },
      async (request) => {
        const { id } = request.params;
        const { seq } = await stopProvisioning(fleet, callerOf(request), id);
        written = Math.max(written, seq);
        const found = await fleet.views.query("provisionRequests.get", { id }, options(scopeFor(request)));
        if (found === null) throw unknownProvisionRequest();
        return found;
      },
    );

    app.post(
      "/provision-requests/:id/activation-key",
      {
        config: { action: "provision-request.change", idempotent: true },
        schema: {
          operationId: "renewActivationKey",
          summary: "Replace a lost activation key",
          description: "The key is in this answer only. The earlier key ends at once.",
          tags,
          params: ById,
          querystring: NoQuery,
          response: { 201: NewActivationKey },
          problems: ["provision-request-unknown", "provision-state", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        const { seq, activationKey } = await renewActivationKey(fleet, callerOf(request), request.params.id);
        written = Math.max(written, seq);
        return reply.status(201).send({ activationKey });
      },
    );
  };
}
