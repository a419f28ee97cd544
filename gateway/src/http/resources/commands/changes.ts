import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { DEVICE_ID_ACCEPTS, hasEnded, isCommandId, parseDeviceId } from "@fleetlog/domain";
import { cancelCommand, deadlineFrom, issueCommand } from "@fleetlog/fleet";
import { CommandResource, IssueCommandBody, IssueCommandQuery } from "@fleetlog/protocol";
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import { scopeFor } from "../../access/authorize.ts";
import { untilClosed } from "../../closed.ts";
import type { HttpContext } from "../../context.ts";
import { callerOf } from "../caller.ts";
import { ById, waitFrom } from "./input.ts";
import { commandIn, toResource } from "./resource.ts";

const tags = ["commands"];
const OfDevice = Type.Object({ id: Type.String({ description: `A device's id: ${DEVICE_ID_ACCEPTS}` }) });

const CancelQuery = Type.Object(
  { reason: Type.Optional(Type.String({ maxLength: 512 })) },
  { additionalProperties: false },
);
const CancelBody = Type.Union([CancelQuery, Type.Null()]);
const CANCEL =
  "If the device has received the command, the gateway tells it to stop (`me/command/<id>/cancelled`, event `command.cancelled`); otherwise the command is not delivered.";
const CANCEL_PROBLEMS = [
  "command-unknown",
  "command-ended",
  "conflict",
  "view-unavailable",
  "view-behind",
  "log-full",
] as const;

export function issuingRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  const { fleet, clock, commandDeadlineMs, basePath = "/" } = context;
  const { commandTail } = fleet;

  return async (app) => {
    app.post(
      "/devices/:id/commands",
      {
        config: { action: "command.issue" },
        schema: {
          operationId: "issueCommand",
          summary: "Issue a command; 200 if the command has ended, 202 while it is pending",
          tags,
          params: OfDevice,
          querystring: IssueCommandQuery,
          headers: Type.Object({
            "idempotency-key": Type.Optional(
              Type.String({
                minLength: 1,
                maxLength: 256,
                description: "Requests with the same key issue one command for a device",
              }),
            ),
          }),
          body: IssueCommandBody,
          response: { 200: CommandResource, 202: CommandResource },
          problems: [
            "device-unknown",
            "device-retired",
            "idempotency-key-reused",
            "conflict",
            "view-unavailable",
            "view-behind",
            "log-full",
          ],
          hasLocation: true,
        },
      },
      async (request, reply) => {
        const { name, params, deadline, reason, unchecked } = request.body;
        const key = request.headers["idempotency-key"];
        const { traceparent } = request.raw.headers;
        const caller = { ...callerOf(request), ...(typeof traceparent === "string" && { traceparent }) };
        const requested = {
          device: parseDeviceId(request.params.id),
          name,
          deadline: deadlineFrom(deadline, clock(), commandDeadlineMs),
          ...(params !== undefined && { params }),
          ...(reason !== undefined && { reason }),
          ...(key !== undefined && { idempotencyKey: key }),
          unchecked,
        };
        const wait = { tail: commandTail, ms: waitFrom(request.query.wait), signal: untilClosed(reply.raw) };
        const command = await issueCommand(fleet, caller, requested, { wait });
        commandTail.noteWritten(command.seq);
        reply.header("location", `${basePath}api/commands/${command.id}`);
        return reply.status(hasEnded(command) ? 200 : 202).send(toResource(command));
      },
    );
  };
}

export function cancellingRoutes({ fleet }: HttpContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    const cancel = async (request: FastifyRequest, id: string, reason: string | undefined) => {
      if (!isCommandId(id)) await commandIn(fleet, id, scopeFor(request));
      return toResource(await cancelCommand(fleet, callerOf(request), id, reason));
    };

    app.delete(
      "/commands/:id",
      {
        config: { action: "command.cancel" },
        schema: {
          operationId: "deleteCommand",
          summary: "Cancel a command; the same as POST …/cancel",
          description: CANCEL,
          tags,
          params: ById,
          querystring: CancelQuery,
          response: { 200: CommandResource },
          problems: CANCEL_PROBLEMS,
        },
      },
      (request) => cancel(request, request.params.id, request.query.reason),
    );

    app.post(
      "/commands/:id/cancel",
      {
        config: { action: "command.cancel" },
        schema: {
          operationId: "cancelCommand",
          summary: "Cancel a command",
          description: CANCEL,
          tags,
          params: ById,
          body: CancelBody,
          response: { 200: CommandResource },
          problems: CANCEL_PROBLEMS,
        },
      },
      (request) => cancel(request, request.params.id, request.body?.reason),
    );
  };
}
