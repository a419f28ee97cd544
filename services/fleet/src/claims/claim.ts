import {
  accountOf,
  type ClaimCode,
  claimCodeMistake,
  claimedBy,
  type DeviceCommand,
  type DeviceState,
  deviceDecider,
  invalid,
  isUsable,
  normalClaimCode,
  unknownClaimCode,
  WHOLE_FLEET,
} from "@fleetlog/domain";
import { authorize } from "@fleetlog/identity";
import { withoutRepeats } from "@fleetlog/log";
import { withRoom } from "../accounts/device-limit.ts";
import { accountFor } from "../accounts/owner.ts";
import { type Caller, partCaller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { decideOn } from "../devices/decide.ts";
import { moveInto } from "../devices/move.ts";
import { mustHaveOwnTag } from "../devices/own-tags.ts";
import { loadFromLog } from "../writer/load.ts";
import { claimCodeIdOf, decideOnCode, loadClaimCode } from "./load.ts";

type Dependencies = Pick<Fleet, "log" | "bus" | "writer" | "views" | "accounts" | "credentials" | "provisioner">;

export interface ClaimRequest {
  readonly code: string;
  readonly name?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly account?: string | undefined;
}

export interface Claimed {
  /** Absent if the code is for any device, and no device has shown it yet. */
  readonly device?: string;
  readonly account: string;
  /** Whether the device is in the account already. Otherwise it must show the code first. */
  readonly registered: boolean;
  readonly seq: number;
}

/**
 * Gives the device of a claim code to `account`, by default the caller's.
 * @throws FleetError `invalid-request` which says what is mistyped in the code; `claim-code-unknown` for any other
 * unusable code;
 * `limit-reached`, `account-unknown`, `forbidden` naming `tags`, `log-unavailable`, `log-full`
 */
export async function claimDevice(
  fleet: Dependencies,
  caller: Caller,
  { code: text, name, tags = [], account: named }: ClaimRequest,
  now: number,
): Promise<Claimed> {
  authorize(caller.principal, "claim.create", WHOLE_FLEET);
  const account = accountFor(caller, "claim.create", named);
  await fleet.accounts.get(account);
  const code = await usableCode(fleet, text, account, now);
  const given = [...new Set([...code.tags, ...tags])];
  mustHaveOwnTag(caller, "claim.create", given);
  const claim = { account, by: caller.by, ...(name !== undefined && { name }), tags: given };
  const use = { type: "UseCode", now: new Date(now).toISOString(), ...claim } as const;
  const give = async (hasRoom: boolean) => {
    const { state, lastSeq } = await decideOnCode(fleet, caller, code, use);
    return { lastSeq, moved: await giveClaimed(fleet, caller, state, hasRoom) };
  };
  const known = code.device === undefined ? undefined : await deviceOf(fleet, code.device);
  const isElsewhere = known?.status === "registered" && accountOf(known) !== account;
  // If the account has no room, the code stays unused.
  const { lastSeq, moved } = isElsewhere
    ? await withRoom(fleet, account, ({ add }) => add(() => give(true)))
    : await give(false);
  const device = code.device ?? code.shown?.device;
  return {
    ...(device !== undefined && { device }),
    account,
    registered: moved !== undefined,
    seq: Math.max(lastSeq, moved ?? 0),
  };
}

async function usableCode(fleet: Dependencies, text: string, account: string, now: number): Promise<ClaimCode> {
  const id = claimCodeIdOf(fleet, text);
  const found = id === undefined ? undefined : await loadClaimCode(fleet, id);
  if (found !== undefined && (await mayClaim(fleet, found, account, now))) return found;
  const mistake = found === undefined ? claimCodeMistake(normalClaimCode(text) ?? "") : undefined;
  if (mistake !== undefined) throw invalid("code", `this is no claim code: ${mistake}`);
  throw unknownClaimCode();
}

async function mayClaim(fleet: Dependencies, code: ClaimCode, account: string, now: number): Promise<boolean> {
  const { claim, to, revoked, device } = code;
  if (claim !== undefined) return claim.account === account && !revoked;
  if (!isUsable(code, now) || (to !== undefined && to !== account)) return false;
  // An administrator may have moved the device.
  const state = device === undefined ? undefined : await deviceOf(fleet, device);
  return state?.status !== "registered" || accountOf(state) === code.account || accountOf(state) === account;
}

/**
 * Gives a registered device, without its earlier history, to the account that has claimed it or, without a claim, to the
 * account that the code is for. Undefined if no device of the code is registered, or if no account gets it yet.
 * @throws FleetError `claim-code-unknown` if the device is in another account, or was moved or registered again since
 * the claim
 */
export async function giveClaimed(
  fleet: Dependencies,
  caller: Caller | undefined,
  code: ClaimCode,
  hasRoom = false,
): Promise<number | undefined> {
  const { device, claim, deviceType } = code;
  const account = claimedBy(code);
  const state = device === undefined ? undefined : await deviceOf(fleet, device);
  if (device === undefined || account === undefined || state?.status !== "registered") return undefined;
  const { name, by = `claim-codes/${code.id}`, tags: given = code.tags } = claim ?? {};
  const who = caller ?? { ...partCaller("claims"), by };
  const check = (found: DeviceState) => mustBeClaimed(fleet, code, account, found);
  await check(state);
  // A device may be in the account already, but after a crash its credential may still be in the earlier account.
  const move = () => moveInto(fleet, who, device, { to: account, history: "stays", check });
  const fits = hasRoom || accountOf(state) === account;
  let { seq } = fits ? await move() : await withRoom(fleet, account, ({ add }) => add(move));
  // The code permits these changes, so they are made with the rights of `claims`: a person who is limited to tags has
  // access to the device only once it has its tags.
  const byCode: Caller = { ...who, principal: partCaller("claims").principal };
  const change = async (command: DeviceCommand) => (await decideOn(fleet, byCode, device, command, check)).lastSeq;
  const tags = [...new Set([...state.tags, ...given])];
  if (tags.length > state.tags.length) seq = await change({ type: "TagDevice", tags, by });
  if (name !== undefined && state.name !== name) seq = await change({ type: "RenameDevice", name, by });
  if (deviceType !== undefined && state.type !== deviceType) seq = await change({ type: "TypeDevice", deviceType, by });
  return seq;
}

/** Before its move, the device must be in the code's account, and must not have come there after the claim. */
async function mustBeClaimed(
  { log }: Pick<Fleet, "log">,
  code: ClaimCode,
  account: string,
  state: DeviceState,
): Promise<void> {
  if (state.status !== "registered" || accountOf(state) === account) return;
  if (accountOf(state) !== code.account) throw unknownClaimCode();
  if ((await ownedSince(log, state)) > (await claimedSince(log, code))) throw unknownClaimCode();
}

/** Sequence of the claim or, without a claim, of the first showing of the code. */
async function claimedSince(log: Fleet["log"], { id, claim }: ClaimCode): Promise<number> {
  const since = claim === undefined ? "ClaimCodeShown" : "ClaimCodeUsed";
  for await (const { type, seq } of log.read({ stream: "FLEET", category: "provisioning", entity: id })) {
    if (type === since) return seq;
  }
  return 0;
}

/**
 * Sequence of the event by which the device came to the account that `state` has. Events after `state` don't count. The
 * claim and the waiting device's provisioning may both move the device at the same moment; the one that loses decides
 * again, on a state that it loads anew.
 */
async function ownedSince(
  log: Fleet["log"],
  { id: entity, seq: last = Number.POSITIVE_INFINITY }: { readonly id: string; readonly seq?: number },
): Promise<number> {
  let since = 0;
  for await (const { type, seq } of withoutRepeats(log.read({ stream: "FLEET", category: "device", entity }))) {
    if (seq > last) break;
    if (type === "DeviceRegistered" || type === "DeviceMoved") since = seq;
  }
  return since;
}

async function deviceOf({ log }: Pick<Fleet, "log">, id: string): Promise<DeviceState> {
  return (await loadFromLog(log, deviceDecider, "device", id)).state;
}
