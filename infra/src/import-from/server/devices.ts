import type { DeviceDetail, DeviceResource, RegisteredDevices } from "@fleetlog/protocol";
import { atOnce } from "../at-once.ts";
import { fieldIn } from "../plan/tpedm.ts";
import { type Numbered, type Outcome, type PlannedDevice, RecordFault, refused } from "../records.ts";
import type { Accounts } from "./accounts.ts";
import { ApiError, type Client } from "./client.ts";

type Device = Numbered<PlannedDevice>;
type Report = (outcome: Outcome) => void;

export interface DeviceImport {
  readonly client: Client;
  readonly accounts: Accounts;
  readonly dryRun: boolean;
  readonly report: Report;
}

const ERRORS_OF_THE_BODY = new Set([400, 413, 422]);
/** Errors that stop the import, because other devices would get the same error. */
const STOPPING = new Set(["log-full", "log-unavailable"]);
/** The device may exist already, or soon: the server may still be working on an interrupted import. */
const EXISTING = new Set(["device-exists", "login-taken", "conflict"]);
const LOOKS = 3;
const LOOK_AGAIN_MS = 1_000;
const AT_ONCE = 8;

/** Registers devices that do not exist yet. @throws Error if the import can't go on */
export async function importDevices(context: DeviceImport, devices: readonly Device[]): Promise<void> {
  if (devices.length === 0) return;
  const { client, accounts, dryRun, report } = context;
  const ids = devices.map(({ id }) => encodeURIComponent(id)).join(",");
  const { items } = await client.get<{ items: DeviceResource[] }>(`/api/devices/rows?ids=${ids}`);
  const known = new Map(items.map((item) => [item.id, item]));
  const missing = devices.filter(({ id }) => !known.has(id));
  await atOnce(AT_ONCE, devices, async (device) => {
    const found = known.get(device.id);
    if (found !== undefined) report(await compared(client, device, found));
  });
  if (dryRun) for (const device of missing) report(outcomeOf(device, "planned"));
  else {
    for (const { body } of missing) if (body.account !== undefined) await accounts.ensure(body.account);
    await register(context, missing);
  }
}

async function register(context: DeviceImport, devices: readonly Device[]): Promise<void> {
  if (devices.length === 0) return;
  const { client, report } = context;
  let answer: RegisteredDevices;
  try {
    answer = await client.post("/api/devices/batch", { devices: devices.map(({ body }) => body) });
  } catch (error) {
    if (!(error instanceof ApiError && ERRORS_OF_THE_BODY.has(error.status))) throw error;
    if (devices.length > 1) {
      const half = Math.ceil(devices.length / 2);
      await register(context, devices.slice(0, half));
      return register(context, devices.slice(half));
    }
    for (const device of devices) report(refusal(device, error.field, error.message));
    return;
  }
  for (const [index, device] of devices.entries()) {
    const { error } = answer.items[index] ?? {};
    if (error === undefined) report(outcomeOf(device, "created"));
    else if (STOPPING.has(error.code)) throw new Error(error.detail);
    else if (EXISTING.has(error.code)) report(await existing(client, device, error));
    else report(refusal(device, error.field, error.detail));
  }
}

/** The outcome for a device that was registered after the look-up, or whose names belong to another device. */
async function existing(
  client: Client,
  device: Device,
  { field, detail }: { readonly field?: string; readonly detail: string },
): Promise<Outcome> {
  for (let look = 1; ; look++) {
    try {
      return await compared(client, device, await client.get<DeviceDetail>(pathOf(device)));
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
      if (look === LOOKS) return refusal(device, field, detail);
      await client.pause(LOOK_AGAIN_MS);
    }
  }
}

/** Whether an existing device is the one in the file. */
async function compared(client: Client, device: Device, found: DeviceResource | DeviceDetail): Promise<Outcome> {
  const { id, body } = device;
  if (found.dialect !== body.dialect)
    return refusal(device, "id", `there is a device ${id} already, of the kind ${found.dialect ?? "native"}`);
  if (found.retiredAt !== undefined) return refusal(device, "id", `the device ${id} was retired`);
  if (body.account !== undefined && found.account !== body.account)
    return refusal(device, "id", `the device ${id} is in the account ${found.account}`);
  if (body.login === undefined) return outcomeOf(device, "there already");
  const detail = "evidence" in found ? found : await client.get<DeviceDetail>(pathOf(device));
  const { clientId, userName } = body.login;
  if (detail.login?.clientId !== clientId)
    return refusal(device, "login.clientId", `the device ${id} logs in with another client id`);
  if (detail.login?.userName !== userName)
    return refusal(device, "login.userName", `the device ${id} logs in with another user name`);
  return outcomeOf(device, "there already");
}

function pathOf({ id }: Device): string {
  return `/api/devices/${encodeURIComponent(id)}`;
}

function outcomeOf({ row, id, note }: Device, outcome: Outcome["outcome"]): Outcome {
  return { row, kind: "device", id, outcome, ...(note !== undefined && { note }) };
}

function refusal({ row, id, names }: Device, field: string | undefined, reason: string): Outcome {
  const name = fieldIn((field ?? "id").replace(/^(?:body\.)?devices\[\d+\]\.?/, "") || "id", names);
  return refused(row, new RecordFault("device", id, name, reason));
}
