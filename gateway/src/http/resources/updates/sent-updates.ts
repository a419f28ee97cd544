import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { DEVICE_ID_ACCEPTS, hasEnded, parseDeviceId } from "@fleetlog/domain";
import { sendUpdate } from "@fleetlog/fleet";
import { CommandResource, SendUpdateBody } from "@fleetlog/protocol";
import Type from "typebox";
import type { HttpContext } from "../../context.ts";
import { callerOf } from "../caller.ts";
import { toResource } from "../commands/resource.ts";
import type { HttpResource } from "../resource.ts";

const OfDevice = Type.Object({ id: Type.String({ description: `A device's id: ${DEVICE_ID_ACCEPTS}` }) });

export const sentUpdates: HttpResource = {
  tag: "updates",
  schemas: { SendUpdate: SendUpdateBody },
  examples: { SendUpdate: { package: "firmware", deadline: "4h" } },
  prefix: "/api",
  routes: sentUpdateRoutes,
};

function sentUpdateRoutes({ fleet, clock, basePath = "/" }: HttpContext): FastifyPluginAsyncTypebox {
  const { commandTail } = fleet;
  return async (app) => {
    app.post(
      "/devices/:id/updates",
      {
        config: { action: "command.issue", idempotent: true },
        schema: {
          operationId: "sendUpdate",
          summary: "Install an available update on a device of TPEDM",
          description:
            "The answer is a command `update`. Its progress has the step and percentage of the device's own job; it ends with the job. A cancelled command cancels the job. The device installs one update after the other.",
          tags: ["updates"],
          params: OfDevice,
          body: SendUpdateBody,
          response: { 200: CommandResource, 202: CommandResource },
          problems: [
            "device-unknown",
            "device-retired",
            "dialect-mismatch",
            "update-unavailable",
            "conflict",
            "view-unavailable",
            "view-behind",
            "log-full",
          ],
          hasLocation: true,
        },
      },
      async (request, reply) => {
        const asked = { ...request.body, device: parseDeviceId(request.params.id) };
        const command = await sendUpdate(fleet, callerOf(request), asked, clock());
        commandTail.noteWritten(command.seq);
        reply.header("location", `${basePath}api/commands/${command.id}`);
        return reply.status(hasEnded(command) ? 200 : 202).send(toResource(command));
      },
    );
  };
}
