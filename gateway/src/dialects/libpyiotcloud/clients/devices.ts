import { FleetError, invalid } from "@fleetlog/domain";
import { accountFor, inTurn, registerDevice, retireDevice } from "@fleetlog/fleet";
import type { DeviceResource } from "@fleetlog/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import Type from "typebox";
import { scopeFor } from "../../../http/access/authorize.ts";
import type { DialectHttpContext } from "../../../http/context.ts";
import { readerOptions } from "../../../http/input/reader-options.ts";
import { callerOf } from "../../../http/resources/caller.ts";
import { newCredential } from "../../../http/resources/devices/new-credential.ts";
import { allDevices } from "../../all-devices.ts";
import { ok } from "./answers.ts";
import { addCall } from "./call.ts";
import type { DevicesByName } from "./find-device.ts";

const DIALECT = "libpyiotcloud";
export const DeviceName = Type.String({ minLength: 1, maxLength: 128 });
const Named = Type.Object({ devicename: DeviceName });
const Nothing = Type.Object({});
const Indexed = Type.Object({
  index: Type.Union([Type.Integer(), Type.String({ pattern: "^\\d{1,9}$", accepts: "a whole number from 0" })]),
});

const MAX_INDEX = 1_000_000;

export function deviceCalls(app: FastifyInstance, context: DialectHttpContext, names: DevicesByName): void {
  const { fleet } = context;

  const inAccount = (request: FastifyRequest) =>
    ({ account: accountFor(callerOf(request), "device.read", undefined), sort: "registeredAt" }) as const;
  const readOf = (request: FastifyRequest) => ({ scope: scopeFor(request), ...readerOptions(names.newest) });
  const list = (request: FastifyRequest, more: { limit: number; offset?: number }) =>
    fleet.views.query("devices.list", { ...inAccount(request), ...more }, readOf(request));

  addCall(app, "/register_device", {
    action: "device.register",
    body: Named,
    answer({ devicename: name }, request) {
      const caller = callerOf(request);
      const account = accountFor(caller, "device.register", undefined);
      return inTurn(fleet.accounts, JSON.stringify([account, name]), async () => {
        if ((await names.find(account, name, {})) !== undefined)
          throw new FleetError("device-exists", "the account has a device of this name", { field: "devicename" });
        const registered = await registerDevice(fleet, caller, { name, dialect: DIALECT });
        const { id } = registered;
        const { certificate } = await newCredential(fleet, caller, registered, DIALECT).catch(async (error) => {
          // A device without a certificate could not connect, but would keep its name in use.
          await retireDevice(fleet, caller, id, { reason: "it got no certificate" }).catch(() => {});
          throw error;
        });
        names.noteWritten(registered.seq);
        const { ca, certificate: cert, key: pkey } = certificate ?? {};
        return ok({ devicename: name, deviceid: id, ca, cert, pkey });
      });
    },
  });

  addCall(app, "/unregister_device", {
    action: "device.retire",
    body: Named,
    async answer({ devicename: name }, request) {
      const caller = callerOf(request);
      const account = accountFor(caller, "device.retire", undefined);
      const { seq } = await retireDevice(fleet, caller, await names.mustFind(account, name, scopeFor(request)));
      names.noteWritten(seq);
      return ok();
    },
  });

  addCall(app, "/get_device_list", {
    action: "device.read",
    body: Nothing,
    async answer(_, request) {
      const devices = (await allDevices(fleet.views, inAccount(request), readOf(request))).map(shown);
      return ok({ devices });
    },
  });

  addCall(app, "/get_device_list_count", {
    action: "device.read",
    body: Nothing,
    answer: async (_, request) => ok({ count: (await list(request, { limit: 1 })).total }),
  });

  addCall(app, "/get_device_index", {
    action: "device.read",
    body: Indexed,
    async answer({ index }, request) {
      const offset = Number(index);
      if (offset < 0 || offset > MAX_INDEX) throw invalid("index", "index is out of range");
      const [found] = (await list(request, { limit: 1, offset })).items;
      if (found === undefined) throw invalid("index", "index is out of range");
      return ok({ device: JSON.stringify(shown(found)) });
    },
  });
}

/** A device as the lists show it: without its key, which only the answer to the registration has. */
function shown({ id, name = id }: DeviceResource) {
  return { devicename: name, deviceid: id };
}
