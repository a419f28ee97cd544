import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { FleetError, hasEnded, invalid, isCommandId } from "@fleetlog/domain";
import { deadlineFrom, findCommand, issueCommand } from "@fleetlog/fleet";
import Type from "typebox";
import { scopeFor } from "../../../http/access/authorize.ts";
import type { DialectHttpContext } from "../../../http/context.ts";
import { READER } from "../../../http/input/reader-options.ts";
import { callerOf } from "../../../http/resources/caller.ts";
import { hostOf } from "../../../net/address.ts";
import { REST, restCallOf } from "../call.ts";
import { clientIdOf, findDevice } from "./find-device.ts";

const EXPIRY = "request-expired-time";
const ById = Type.Object({ id: Type.String({ minLength: 1, maxLength: 256 }) });
const ByMessage = Type.Object({ id: Type.String(), message: Type.String() });
const Message = Type.Object({
  path: Type.String(),
  method: Type.String(),
  headers: Type.Optional(Type.Array(Type.Record(Type.String(), Type.Unknown()), { maxItems: 64 })),
  requestBody: Type.Optional(Type.Unknown()),
});
const LEVELS: Readonly<Record<string, number>> = { "MQTT 3.1": 3, "MQTT 3.1.1": 4, "MQTT 5": 5 };

/** `/api/emqx/clients/…`: the MQTT session of a device, and messages to it. */
export function sessionCalls(context: DialectHttpContext): FastifyPluginAsyncTypebox {
  const { fleet, clock, commandDeadlineMs } = context;
  const { log, views } = fleet;
  return async (app) => {
    app.get("/emqx/clients/:id", { config: { action: "device.read" }, schema: { params: ById } }, async (request) => {
      const device = await findDevice(context, request, request.params.id);
      const last = device.status === "connected" ? await log.last("session", device.id) : undefined;
      if (last?.type !== "SessionOpened") return { code: 0, data: [] };
      const { version = "", address, gateway, keepAliveSeconds } = last.data;
      const session = {
        clientid: clientIdOf(device),
        username: device.login?.userName,
        node: gateway,
        connected: true,
        connected_at: last.time,
        proto_name: "MQTT",
        proto_ver: LEVELS[version],
        ip_address: address === undefined ? undefined : hostOf(address),
        port: address === undefined ? undefined : Number(address.slice(address.lastIndexOf(":") + 1)),
        keepalive: keepAliveSeconds,
      };
      return { code: 0, data: [session] };
    });

    app.post(
      "/emqx/clients/:id/message",
      { config: { action: "command.issue" }, schema: { params: ById, body: Message } },
      async (request) => {
        const device = await findDevice(context, request, request.params.id);
        const { path, method, headers = [], requestBody } = request.body;
        const given = Object.assign({}, ...headers) as Record<string, unknown>;
        const { "request-id": requestId, [EXPIRY]: expiry, ...others } = given;
        const body = requestBody ?? undefined;
        const params = {
          method,
          path,
          ...(body !== undefined && { body }),
          ...(Object.keys(others).length > 0 && { headers: others }),
        };
        const read = restCallOf(params);
        if ("fault" in read) throw invalid(read.field, read.fault.replace(/^params\./, ""));
        const deadline = deadlineFrom(momentIn(expiry), clock(), commandDeadlineMs, EXPIRY);
        const command = await issueCommand(fleet, callerOf(request), {
          device: device.id,
          name: REST,
          params,
          deadline,
        });
        return { code: 0, data: { message: command.id, ...(requestId !== undefined && { "request-id": requestId }) } };
      },
    );

    app.get(
      "/emqx/clients/:id/message/:message",
      { config: { action: "command.read" }, schema: { params: ByMessage } },
      async (request) => {
        const { id, message } = request.params;
        const options = { scope: scopeFor(request), ...READER };
        const command = isCommandId(message) ? await findCommand(fleet, message, options) : undefined;
        const [device] =
          command?.name === REST ? await views.query("devices.rows", { ids: [command.device] }, options) : [];
        if (command === undefined || device === undefined || clientIdOf(device) !== id) {
          throw new FleetError("command-unknown", `there is no message ${message}`, { field: "message" });
        }
        const { state, result } = command;
        // Programs of TPEDM expect an error only if the device has answered with one.
        const error = state === "failed" ? command.error : undefined;
        const answer = (result ?? error?.data ?? null) as object | null;
        return { code: 0, data: { message, ended: hasEnded(command as never), result: state, ...answer, error } };
      },
    );
  };
}

/** `2020-11-12 11:45:26` is UTC. @throws FleetError `invalid-request` */
function momentIn(expiry: unknown): string | undefined {
  if (expiry === undefined) return undefined;
  const text = typeof expiry === "string" ? expiry.trim().replace(" ", "T") : "";
  const moment = /(?:Z|[+-]\d\d:\d\d)$/i.test(text) ? text : `${text}Z`;
  if (Number.isNaN(Date.parse(moment))) throw invalid(EXPIRY, `${EXPIRY} is no time in UTC`);
  return moment;
}
