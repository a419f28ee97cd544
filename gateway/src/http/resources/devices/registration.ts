import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { FleetError, invalid } from "@fleetlog/domain";
import { accountFor, type Registered, registerDevice, registerDevices } from "@fleetlog/fleet";
import {
  type DeviceDetail,
  MAX_REGISTRATIONS,
  RegisterDeviceBody,
  RegisterDevicesBody,
  RegisteredDevice,
  RegisteredDevices,
} from "@fleetlog/protocol";
import { scopeFor } from "../../access/authorize.ts";
import type { HttpContext } from "../../context.ts";
import { leaveUnfinished } from "../../idempotency/index.ts";
import { callerOf } from "../caller.ts";
import { newCredential } from "./new-credential.ts";
import { type DeviceReader, etagOf } from "./reader.ts";

const tags = ["devices"];
/** Ids that are paths: `/devices/summary` and `/devices/rows`. */
const RESERVED_IDS = new Set(["summary", "rows"]);

export function registrationRoutes(
  { fleet, basePath = "/" }: HttpContext,
  reader: DeviceReader,
): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      "/devices",
      {
        config: { action: "device.register", idempotent: true },
        schema: {
          operationId: "registerDevice",
          summary: "Register a device",
          tags,
          body: RegisterDeviceBody,
          response: { 201: RegisteredDevice },
          problems: [
            "device-exists",
            "login-taken",
            "provision-request-exists",
            "account-unknown",
            "limit-reached",
            "conflict",
            "log-full",
          ],
          hasLocation: true,
          hasEtag: true,
        },
      },
      async (request, reply) => {
        const { id: given = "", dialect } = request.body;
        if (RESERVED_IDS.has(given)) throw invalid("id", `the id ${given} is reserved`);
        const registered = await registerDevice(fleet, callerOf(request), request.body);
        const { id, seq } = registered;
        reader.written.note(seq);
        const credential = await newCredential(fleet, callerOf(request), registered, dialect);
        // The token is only in this answer, which must not fail because a view is behind.
        const device = await reader
          .detail(id, scopeFor(request), seq, "fail")
          .catch(() =>
            justRegistered(
              id,
              request.body,
              accountFor(callerOf(request), "device.register", request.body.account),
              callerOf(request).by,
              seq,
            ),
          );
        return reply
          .status(201)
          .header("location", `${basePath}api/devices/${id}`)
          .header("etag", etagOf(device))
          .send({ ...device, ...credential });
      },
    );

    app.post(
      "/devices/batch",
      {
        config: { action: "device.register", idempotent: true },
        schema: {
          operationId: "registerDevices",
          summary: `Register up to ${MAX_REGISTRATIONS} devices`,
          description:
            "Each device is registered or refused on its own; the answer has the results in the order of the request. " +
            "If the request is sent again without the same Idempotency-Key, the devices that were registered get `device-exists`.",
          tags,
          body: RegisterDevicesBody,
          response: { 200: RegisteredDevices },
        },
      },
      async (request) => {
        const given = request.body.devices;
        const results = await registerDevices(fleet, callerOf(request), given.map(notReserved));
        const items = results.map((result, index) => itemOf(given[index]?.id ?? "", result));
        if (items.some(({ error }) => error?.code === "log-unavailable")) leaveUnfinished(request);
        for (const { seq = 0 } of items) reader.written.note(seq);
        return { items, registered: items.filter(({ error }) => error === undefined).length };
      },
    );
  };
}

/** Makes a reserved id invalid, so that only this device of the batch is refused. */
function notReserved(device: RegisterDeviceBody): RegisterDeviceBody {
  return RESERVED_IDS.has(device.id ?? "") ? { ...device, id: "" } : device;
}

function itemOf(id: string, result: Registered): RegisteredDevices["items"][number] {
  if (!(result instanceof FleetError)) {
    const { id, seq, token } = result;
    return { id, seq, ...(token !== "" && { token }) };
  }
  const { code, message, field, advice } = result;
  return { id, error: { code, detail: message, ...(field && { field }), ...(advice && { advice }) } };
}

function justRegistered(id: string, body: RegisterDeviceBody, account: string, by: string, seq: number): DeviceDetail {
  const now = new Date().toISOString();
  return {
    id,
    ...(body.name !== undefined && { name: body.name }),
    account,
    tags: body.tags ?? [],
    ...(body.type !== undefined && { type: body.type, typeSet: body.type }),
    ...(body.dialect !== undefined && { dialect: body.dialect }),
    registeredAt: now,
    registeredBy: by,
    status: "never-connected",
    since: now,
    seq,
    evidence: [],
    pendingCommands: [],
  };
}
