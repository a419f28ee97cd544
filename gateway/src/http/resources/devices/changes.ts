import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { parseDeviceId } from "@fleetlog/domain";
import { changeDevice, retireDevice, rotateToken } from "@fleetlog/fleet";
import { ChangeDeviceBody, DeviceDetail, RotatedToken, RotateTokenBody } from "@fleetlog/protocol";
import Type from "typebox";
import { scopeFor } from "../../access/authorize.ts";
import type { HttpContext } from "../../context.ts";
import { IfMatch, revisionsIn } from "../../input/if-match.ts";
import { overlapFrom } from "../../input/overlap.ts";
import { callerOf } from "../caller.ts";
import { ById } from "./by-id.ts";
import { type DeviceReader, etagOf } from "./reader.ts";

const tags = ["devices"];

export function changeRoutes({ fleet, clock }: HttpContext, reader: DeviceReader): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.patch(
      "/devices/:id",
      {
        config: { action: "device.change" },
        schema: {
          operationId: "changeDevice",
          summary: "Change a device's name, tags, type or account",
          tags,
          params: ById,
          headers: IfMatch,
          body: ChangeDeviceBody,
          response: { 200: DeviceDetail },
          problems: [
            "device-unknown",
            "device-retired",
            "account-unknown",
            "limit-reached",
            "precondition-failed",
            "conflict",
            "view-unavailable",
            "log-full",
          ],
          hasEtag: true,
        },
      },
      async (request, reply) => {
        const id = parseDeviceId(request.params.id);
        const ifRevision = revisionsIn(request.headers["if-match"]);
        const { seq } = await changeDevice(fleet, callerOf(request), id, { ...request.body, ifRevision });
        reader.written.note(seq);
        const device = await reader.detail(id, scopeFor(request), seq);
        return reply.header("etag", etagOf(device)).send(device);
      },
    );

    app.post(
      "/devices/:id/token",
      {
        config: { action: "device.rotate-token", idempotent: true },
        schema: {
          operationId: "rotateDeviceToken",
          summary: "Replace a device's token",
          description:
            "The old token ends at once, and so does the session that it opened. With `overlap` the old token stays valid for that time. At most two tokens are valid, the new one and the one that it replaces: replacing a token again during the overlap ends the oldest one at once. Retiring the device ends both.",
          tags,
          params: ById,
          body: RotateTokenBody,
          response: { 200: RotatedToken },
          problems: ["device-unknown", "device-retired", "dialect-mismatch", "conflict", "log-full"],
        },
      },
      async (request) => {
        const overlapMs = overlapFrom(request.body?.overlap);
        const caller = callerOf(request);
        const until = overlapMs === 0 ? undefined : (caller.repeatable?.since ?? clock()) + overlapMs;
        const { seq, token } = await rotateToken(fleet, caller, parseDeviceId(request.params.id), until);
        reader.written.note(seq);
        return { token, ...(until !== undefined && { previousUntil: new Date(until).toISOString() }) };
      },
    );

    app.delete(
      "/devices/:id",
      {
        config: { action: "device.retire" },
        schema: {
          operationId: "retireDevice",
          summary: "Retire a device: its session and credentials end, its history stays",
          tags,
          params: ById,
          response: { 204: Type.Null() },
          problems: ["device-unknown", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        const { seq } = await retireDevice(fleet, callerOf(request), parseDeviceId(request.params.id));
        reader.written.note(seq);
        return reply.status(204).send(null);
      },
    );
  };
}
