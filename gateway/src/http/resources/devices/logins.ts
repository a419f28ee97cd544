import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { parseDeviceId } from "@fleetlog/domain";
import { changeLogin, removeLogin } from "@fleetlog/fleet";
import { ChangeLoginBody, DialectLogin } from "@fleetlog/protocol";
import Type from "typebox";
import type { HttpContext } from "../../context.ts";
import { callerOf } from "../caller.ts";
import type { HttpResource } from "../resource.ts";

const tags = ["devices"];
const ById = Type.Object({ id: Type.String({ description: "A device's id" }) });

const NAMES = { clientId: "gateway-7", userName: "line-2", password: "correct horse battery" };

export const deviceLogins: HttpResource = {
  tag: "devices",
  schemas: { DialectLogin, ChangeLogin: ChangeLoginBody },
  examples: { DialectLogin: NAMES, ChangeLogin: { login: NAMES } },
  prefix: "/api",
  routes: deviceLoginRoutes,
};

function deviceLoginRoutes({ fleet }: HttpContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.put(
      "/devices/:id/login",
      {
        config: { action: "device.change-login" },
        schema: {
          operationId: "changeDeviceLogin",
          summary: "Change what a device of a dialect logs in with",
          description:
            "Sessions of the earlier log-in end. Without a new password, the earlier password stays. The id of the device stays, too.",
          tags,
          params: ById,
          body: ChangeLoginBody,
          response: { 204: Type.Null() },
          problems: [
            "device-unknown",
            "device-retired",
            "dialect-mismatch",
            "login-taken",
            "provision-request-exists",
            "conflict",
            "log-full",
          ],
        },
      },
      async (request, reply) => {
        await changeLogin(fleet, callerOf(request), parseDeviceId(request.params.id), request.body);
        return reply.status(204).send(null);
      },
    );

    app.delete(
      "/devices/:id/login",
      {
        config: { action: "device.change-login" },
        schema: {
          operationId: "removeDeviceLogin",
          summary: "Remove what a device of a dialect logs in with: its session ends",
          tags,
          params: ById,
          response: { 204: Type.Null() },
          problems: ["device-unknown", "device-retired", "dialect-mismatch", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        await removeLogin(fleet, callerOf(request), parseDeviceId(request.params.id));
        return reply.status(204).send(null);
      },
    );
  };
}
