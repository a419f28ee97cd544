import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { admitWaiting, WaitingStore, waitingClients } from "@fleetlog/fleet";
import { AdmittedDevice, AdmitWaitingBody, WaitingClient, WaitingList } from "@fleetlog/protocol";
import Type from "typebox";
import type { HttpContext } from "../../context.ts";
import { NoQuery } from "../../input/no-query.ts";
import { callerOf } from "../caller.ts";
import type { HttpResource } from "../resource.ts";
import { unpaged } from "../unpaged.ts";
import { WAITING_EXAMPLES } from "./examples-waiting.ts";

const tags = ["waiting"];

export const waiting: HttpResource = {
  tag: "waiting",
  description: "Clients of dialects that show no credential, until somebody lets them in",
  schemas: { WaitingClient, WaitingList, AdmitWaiting: AdmitWaitingBody, AdmittedDevice },
  examples: WAITING_EXAMPLES,
  prefix: "/api",
  routes: waitingRoutes,
};

function waitingRoutes({ fleet, buckets }: HttpContext): FastifyPluginAsyncTypebox {
  const withStore = { ...fleet, waiting: new WaitingStore(buckets) };
  return async (app) => {
    app.get(
      "/waiting",
      {
        config: { action: "waiting.read" },
        schema: {
          operationId: "listWaiting",
          summary: "Clients that wait to be let in, on all gateways",
          description:
            "They belong to no account yet, so only people who see all accounts, or the account `main`, see them.",
          tags,
          querystring: NoQuery,
          response: { 200: WaitingList },
        },
      },
      async (request) => {
        const found = await waitingClients(withStore, callerOf(request));
        return unpaged(
          [...found].sort((a, b) => (a.since < b.since ? -1 : a.since > b.since ? 1 : a.id < b.id ? -1 : 1)),
        );
      },
    );

    app.post(
      "/waiting/:id/admit",
      {
        config: { action: "waiting.admit" },
        schema: {
          operationId: "admitWaiting",
          summary: "Let a client in as a device, for as long as its connection lasts",
          description:
            "A new device is registered first. From then on it is known by the client's address, if no other client has that address.",
          tags,
          params: Type.Object({ id: Type.String({ description: "A waiting client's id" }) }),
          body: AdmitWaitingBody,
          response: { 201: AdmittedDevice },
          problems: [
            "waiting-unknown",
            "device-unknown",
            "device-exists",
            "device-retired",
            "dialect-mismatch",
            "login-taken",
            "provision-request-exists",
            "account-unknown",
            "limit-reached",
            "conflict",
            "log-full",
          ],
        },
      },
      async (request, reply) => {
        const admitted = await admitWaiting(withStore, callerOf(request), {
          ...request.body,
          waiting: request.params.id,
        });
        const { device: id, address } = admitted;
        return reply.status(201).send({ id, ...(address !== undefined && { address }) });
      },
    );
  };
}
