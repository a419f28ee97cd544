import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { madeDeviceId, registerDevice, retireDevice } from "@fleetlog/fleet";
import Type from "typebox";
import { scopeFor } from "../../../http/access/authorize.ts";
import type { DialectHttpContext } from "../../../http/context.ts";
import { READER } from "../../../http/input/reader-options.ts";
import { callerOf } from "../../../http/resources/caller.ts";
import { allDevices } from "../../all-devices.ts";
import { NAME } from "../name.ts";
import { clientIdOf, type FoundDevice, findDevice } from "./find-device.ts";

export const ByClientId = Type.Object({ clientid: Type.String({ minLength: 1, maxLength: 256 }) });
const NewDevice = Type.Object({
  clientid: Type.String({
    minLength: 1,
    maxLength: 256,
    pattern: "^[^+#\\u0000]+$",
    accepts: "text without + and #",
  }),
  username: Type.String({ minLength: 1, maxLength: 256 }),
  password: Type.String({ minLength: 1, maxLength: 1_024 }),
});

/** `/api/device…`: the devices of TPEDM, by their client ids. */
export function deviceCalls(context: DialectHttpContext): FastifyPluginAsyncTypebox {
  const { fleet } = context;
  return async (app) => {
    app.get("/device", { config: { action: "device.read" } }, async (request) => {
      const options = { scope: scopeFor(request), ...READER };
      const devices = await allDevices(fleet.views, { dialect: NAME }, options);
      return devices.map((device) => ({
        clientid: clientIdOf(device),
        connected: device.status === "connected",
        modelName: device.model,
        serialNumber: device.serial,
        firmwareVersion: device.firmware,
      }));
    });

    app.post(
      "/device",
      { config: { action: "device.register" }, schema: { body: NewDevice } },
      async (request, reply) => {
        const { clientid: clientId, username: userName, password } = request.body;
        const login = { clientId, userName, password };
        await registerDevice(fleet, callerOf(request), { id: madeDeviceId(clientId), dialect: NAME, login });
        return reply.status(201).send({ clientid: clientId, username: userName });
      },
    );

    app.get(
      "/device/:clientid",
      { config: { action: "device.read" }, schema: { params: ByClientId } },
      async (request) => shownDevice(await findDevice(context, request, request.params.clientid)),
    );

    app.delete(
      "/device/:clientid",
      { config: { action: "device.retire" }, schema: { params: ByClientId } },
      async (request, reply) => {
        const { id } = await findDevice(context, request, request.params.clientid);
        await retireDevice(fleet, callerOf(request), id);
        return reply.status(204).send();
      },
    );
  };
}

function shownDevice(device: FoundDevice) {
  const { login, status, profile = {} } = device;
  const connected = status === "connected";
  return { clientid: clientIdOf(device), username: login?.userName, connected, ...profileIn(profile) };
}

const PROFILE = ["modelName", "serialNumber", "hostName", "thingsproVersion", "firmwareVersion", "biosVersion"];

function profileIn(profile: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(PROFILE.filter((name) => name in profile).map((name) => [name, profile[name]]));
}
