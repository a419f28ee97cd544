import { deviceDecider, encodeToken, FleetError, isWithin, MAIN_ACCOUNT, parseDeviceId } from "@fleetlog/domain";
import { scopeOf } from "@fleetlog/identity";
import type { DialectName } from "@fleetlog/protocol";
import { accountFor } from "../accounts/owner.ts";
import { allowOnDevice } from "../allow.ts";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { decideOn } from "../devices/decide.ts";
import { type Registration, registerDevice } from "../devices/register.ts";
import { isLoginFree } from "../logins/holders.ts";
import { loadFromLog } from "../writer/load.ts";
import type { WaitingClient, WaitingStore } from "./store.ts";

/** Second part of the subject on which a gateway lets its waiting clients in. */
export const WAITING_ADMIT = "admit";
const TIMEOUT_MS = 15_000;

export interface AdmitRequest {
  readonly waiting: string;
  /** Id of a new device, or of a device that is registered in the client's dialect. */
  readonly id: string;
  readonly name?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly type?: string | undefined;
  readonly account?: string | undefined;
}

export interface Admitted {
  readonly device: string;
  readonly seq: number;
  /** The address by which a new device is known from now on. Undefined: the device's next connection waits again. */
  readonly address: string | undefined;
}

type Dependencies = Registration & Pick<Fleet, "bus"> & { readonly waiting: WaitingStore };

/**
 * The waiting clients. They belong to no account yet, and count as clients of `main` until then: callers whose accounts
 * do not include `main` get none.
 */
export async function waitingClients(
  { waiting }: { readonly waiting: WaitingStore },
  { principal }: Caller,
): Promise<Awaited<ReturnType<WaitingStore["list"]>>> {
  const { tags: _, ...accounts } = scopeOf(principal, "waiting.read");
  return isWithin(accounts, { account: MAIN_ACCOUNT }) ? waiting.list() : [];
}

/**
 * Lets a waiting client in for as long as its connection lasts. A new device is registered first. From then on it is
 * known by its address, unless another client connects from there, or did while this one waited.
 * @throws FleetError `waiting-unknown`, `device-unknown`, `dialect-mismatch`, `conflict` if the device is connected,
 * `unavailable`; errors of `registerDevice`
 */
export async function admitWaiting(fleet: Dependencies, caller: Caller, request: AdmitRequest): Promise<Admitted> {
  const id = parseDeviceId(request.id);
  accountFor(caller, "waiting.admit", request.account);
  const all = await waitingClients(fleet, caller);
  const client = all.find((one) => one.id === request.waiting);
  if (client === undefined) throw new FleetError("waiting-unknown", "no such client waits", { field: "id" });
  const { state } = await loadFromLog(fleet.log, deviceDecider, "device", id);
  let address: string | undefined;
  if (state.status === "registered") await allowOnDevice(fleet, caller, "waiting.admit", id);
  else address = await register(fleet, caller, request, client, all);
  const { dialect, address: from, gateway } = client;
  const command = { type: "AdmitDevice", dialect, address: from, waiting: client.id, by: caller.by } as const;
  const { lastSeq: seq } = await decideOn(fleet, caller, id, command);
  const subject = `waiting.${WAITING_ADMIT}.${encodeToken(gateway)}`;
  await fleet.bus.request(subject, { waiting: client.id, device: id }, { timeoutMs: TIMEOUT_MS });
  return { device: id, seq, address };
}

async function register(
  fleet: Dependencies,
  caller: Caller,
  { id, name, tags, type, account }: AdmitRequest,
  { dialect, address, shared }: WaitingClient,
  all: readonly WaitingClient[],
): Promise<string | undefined> {
  const key = { dialect, address };
  const others = all.filter((one) => one.address === address).length;
  const isAlone = others === 1 && shared !== true;
  const holder = isAlone ? await fleet.deviceLogins.find(key) : undefined;
  const isFree = isAlone && (holder === undefined || (await isLoginFree(fleet, key, holder)));
  const of = { dialect: dialect as DialectName, ...(isFree && { address }) };
  await registerDevice(fleet, caller, { id, name, tags, type, account, ...of });
  return isFree ? address : undefined;
}
