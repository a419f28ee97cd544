import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { FleetError } from "@fleetlog/domain";
import { registerDevice, retireDevice } from "@fleetlog/fleet";
import type { DeviceDetail } from "@fleetlog/protocol";
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import { scopeFor } from "../../../http/access/authorize.ts";
import type { DialectHttpContext } from "../../../http/context.ts";
import { READER } from "../../../http/input/reader-options.ts";
import { callerOf } from "../../../http/resources/caller.ts";
import { allDevices } from "../../all-devices.ts";
import { NAME } from "../name.ts";

export const ByClientId = Type.Object({ clientid: Type.String({ minLength: 1, maxLength: 256 }) });
const NewDevice = Type.Object({
  clientid: Type.String({
    minLength: 1,
    maxLength: 256,
    pattern: "^[^/+#\\u0000]+$",
    accepts: "text without /, + and #",
  }),
  username: Type.String({ minLength: 1, maxLength: 256 }),
  password: Type.String({ minLength: 1, maxLength: 1_024 }),
});

type FoundDevice = Omit<DeviceDetail, "lastRefused" | "profileFault">;

/** `/api/device…`: the devices of TPEDM, by their client ids. */
export function deviceCalls({ fleet }: DialectHttpContext): FastifyPluginAsyncTypebox {
  const { views } = fleet;
  return async (app) => {
    app.get("/device", { config: { action: "device.read" } }, async (request) => {
      const options = { scope: scopeFor(request), ...READER };
      const devices = await allDevices(views, { dialect: NAME }, options);
      return devices.map(({ id, status, model, serial, firmware }) => ({
        clientid: id,
        connected: status === "connected",
        modelName: model,
        serialNumber: serial,
        firmwareVersion: firmware,
      }));
    });

    app.post(
      "/device",
      { config: { action: "device.register" }, schema: { body: NewDevice } },
      async (request, reply) => {
        const { clientid: clientId, username: userName, password } = request.body;
        const login = { clientId, userName, password };
        const { id } = await registerDevice(fleet, callerOf(request), { dialect: NAME, login });
        return reply.status(201).send({ clientid: id, username: userName });
      },
    );

    app.get(
      "/device/:clientid",
      { config: { action: "device.read" }, schema: { params: ByClientId } },
      async (request) => shownDevice(await findDevice(fleet, request, request.params.clientid)),
    );

    app.delete(
      "/device/:clientid",
      { config: { action: "device.retire" }, schema: { params: ByClientId } },
      async (request, reply) => {
        const { id } = await findDevice(fleet, request, request.params.clientid);
        await retireDevice(fleet, callerOf(request), id);
        return reply.status(204).send();
      },
    );
  };
}

/** @throws FleetError `device-unknown` if the device is not of TPEDM, or if the caller may not see it */
export async function findDevice(
  { log, views }: DialectHttpContext["fleet"],
  request: FastifyRequest,
  clientId: string,
): Promise<FoundDevice> {
  const last = await log.last("device", clientId);
  const options = { scope: scopeFor(request), ...READER, ...(last !== undefined && { atLeast: last.seq }) };
  const found = last === undefined ? null : await views.query("devices.get", { id: clientId }, options);
  if (found === null || found.dialect !== NAME || found.status === "retired") {
    throw new FleetError("device-unknown", `there is no device ${clientId}`, { field: "clientid" });
  }
  return found;
}

function shownDevice({ id, login, status, profile = {} }: FoundDevice) {
  return { clientid: id, username: login?.userName, connected: status === "connected", ...profileIn(profile) };
}

const PROFILE = ["modelName", "serialNumber", "hostName", "thingsproVersion", "firmwareVersion", "biosVersion"];

function profileIn(profile: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(PROFILE.filter((name) => name in profile).map((name) => [name, profile[name]]));
}
