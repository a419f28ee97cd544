import type { AdmittedDevice, WaitingList } from "@fleetlog/protocol";
import type { Api } from "../../../support/api.ts";
import { eventually } from "../../../support/eventually.ts";
import { createRequest } from "../../../support/provisioning.ts";
import { RawWebSocket } from "../../../support/raw-websocket.ts";
import type { Shown } from "../devices.ts";

/** A program at Edgebind's port. `shown`: the arguments that it passes to methods that name a device. */
export interface Program {
  readonly kind: string;
  readonly raw: RawWebSocket;
  readonly shown: Shown;
}

let addresses = 0;
const newAddress = () => `127.5.0.${++addresses}`;

/** One program of each kind, each at an address of its own. A native device's token is valid on other ports. */
export async function programs(api: Api, url: string): Promise<Program[]> {
  const token = await api.register("native-at-edgebind");
  const nobody = { kind: "", device: "native-at-edgebind", token };
  const register = async (id: string) => {
    const address = newAddress();
    const { status } = await api.call("POST", "/api/devices", { id, dialect: "edgebind", address });
    if (status !== 201) throw new Error(`registering ${id} answered ${status}`);
    return address;
  };
  const from = async (kind: string, localAddress: string, options = {}, shown: Shown = nobody): Promise<Program> => ({
    kind,
    raw: await RawWebSocket.open(url, { localAddress, ...options }),
    shown,
  });
  const removed = await register("gate-removed");
  await api.call("DELETE", "/api/devices/gate-removed/login");
  const retired = await register("gate-retired");
  await api.call("DELETE", "/api/devices/gate-retired");
  const { password } = await createRequest(api, "newcomer-at-edgebind");
  const newcomer = { kind: "", device: "newcomer-at-edgebind", userName: "user-newcomer-at-edgebind", token: password };
  const basic = { headers: { authorization: `Basic ${btoa(`native-at-edgebind:${token}`)}` } };
  return [
    await from("registered address", await register("gate-registered")),
    await admitted(api, await from("admitted connection", newAddress())),
    await from("unknown address", newAddress()),
    await from("removed address", removed),
    await from("retired device's address", retired),
    await from("a native device's token", newAddress(), basic),
    await from("provisioning only", newAddress(), {}, newcomer),
  ];
}

async function admitted(api: Api, program: Program): Promise<Program> {
  const address = `127.5.0.${addresses}`;
  const id = await eventually(async () => {
    const { body } = await api.call<WaitingList>("GET", "/api/waiting");
    const found = body.items.find((client) => client.address === address);
    if (found === undefined) throw new Error(`nobody waits at ${address}`);
    return found.id;
  });
  const answer = await api.call<AdmittedDevice>("POST", `/api/waiting/${id}/admit`, { id: "gate-admitted" });
  if (answer.status >= 300) throw new Error(`admitting answered ${answer.status}`);
  return program;
}
