import {
  accountOf,
  type ClaimCodeOrder,
  deviceDecider,
  FleetError,
  invalid,
  newClaimCode,
  parseDeviceId,
  WHOLE_FLEET,
} from "@fleetlog/domain";
import { authorize, scopeOf } from "@fleetlog/identity";
import { accountFor } from "../accounts/owner.ts";
import { allowOnNamedDevice } from "../allow.ts";
import type { Caller } from "../caller.ts";
import { mustBeType } from "../configuration/device-types.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import type { Done } from "../devices/decide.ts";
import { mustHaveOwnTag } from "../devices/own-tags.ts";
import { plainByDefault } from "../provisioning/plain.ts";
import { newId, newIntegers } from "../repeated.ts";
import { loadFromLog } from "../writer/load.ts";
import { claimCodeIdOf, codeInScope, decideOnCode } from "./load.ts";

export const MAX_CODES = 10_000;
const CONCURRENT = 64;

export interface CodeTarget {
  readonly id?: string | undefined;
  readonly serial?: string | undefined;
}

export interface MakeClaimCodes {
  /** Codes for any device; alternative to `devices`. */
  readonly count?: number | undefined;
  readonly devices?: readonly CodeTarget[] | undefined;
  /** Printed with the codes; default: a random name. */
  readonly batch?: string | undefined;
  readonly account?: string | undefined;
  /** The only account that may claim. Devices that show the code are in this account even without a claim. */
  readonly to?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly type?: string | undefined;
  readonly expiresAt?: string | undefined;
  /** Lets devices in without TLS; default: only if no port has TLS. */
  readonly allowPlain?: boolean | undefined;
}

export interface MadeCode {
  readonly number: number;
  readonly code: string;
  readonly device?: string;
  readonly serial?: string;
}

type Dependencies = Pick<Fleet, "log" | "writer" | "views" | "accounts" | "typeCommands" | "provisioner">;

/**
 * Makes claim codes. Only this answer contains them.
 * @throws FleetError `invalid-request`, `account-unknown`, `device-type-unknown`, `device-unknown`, `forbidden` naming
 * `tags`, `log-unavailable`, `log-full`
 */
export async function makeClaimCodes(
  fleet: Dependencies,
  caller: Caller,
  request: MakeClaimCodes,
  now: number,
): Promise<Done & { readonly batch: string; readonly codes: readonly MadeCode[] }> {
  authorize(caller.principal, "claim-code.create", WHOLE_FLEET);
  const account = accountFor(caller, "claim-code.create", request.account);
  const { tags = [], type, expiresAt, to, batch = `codes-${newId(caller, "batch").slice(0, 8)}` } = request;
  mustHaveOwnTag(caller, "claim-code.create", tags);
  await fleet.accounts.get(account);
  if (to !== undefined) await fleet.accounts.get(accountFor(caller, "claim-code.create", to));
  if (type !== undefined) await mustBeType(fleet, { name: type, account: to ?? account });
  if (expiresAt !== undefined && Date.parse(expiresAt) <= now)
    throw invalid("expiresAt", "expiresAt must be in the future");
  const targets = targetsIn(request);
  for (const part of partsOf(targets))
    await Promise.all(part.map(async ({ id }) => id !== undefined && (await mustReach(fleet, caller, account, id))));
  const common = {
    batch,
    ...(to !== undefined && { to }),
    tags,
    ...(type !== undefined && { deviceType: type }),
    ...(expiresAt !== undefined && { expiresOn: new Date(expiresAt).toISOString() }),
    allowPlain: request.allowPlain ?? plainByDefault(fleet),
  };
  const codes: MadeCode[] = [];
  let seq = 0;
  for (const part of partsOf(targets)) {
    const made = part.map(async ({ id, serial }, index) => {
      const number = codes.length + index + 1;
      const target = { ...(id !== undefined && { device: id }), ...(serial !== undefined && { serial }) };
      const code = newClaimCode(newIntegers(caller, `claim code ${number}`));
      seq = Math.max(seq, await makeCode(fleet, caller, account, code, { ...common, ...target, number }));
      return { number, code, ...target };
    });
    codes.push(...(await Promise.all(made)));
  }
  return { batch, codes, seq };
}

/** @throws FleetError `conflict` for an existing code */
export async function makeCode(
  fleet: Pick<Fleet, "log" | "writer" | "provisioner">,
  caller: Caller,
  account: string,
  code: string,
  order: ClaimCodeOrder,
): Promise<number> {
  const id = claimCodeIdOf(fleet, code);
  if (id === undefined) throw invalid("claimCode", "a claim code has 8 to 64 letters and digits");
  const command = { type: "MakeCode", code: id, by: caller.by, ...order } as const;
  return (await decideOnCode(fleet, caller, { id, account }, command)).lastSeq;
}

/** Revokes a code: it can't be claimed, and lets no device in. */
export async function revokeClaimCode(fleet: Pick<Fleet, "log" | "writer">, caller: Caller, id: string): Promise<Done> {
  authorize(caller.principal, "claim-code.change", WHOLE_FLEET);
  const found = await codeInScope(fleet, id, scopeOf(caller.principal, "claim-code.change"));
  const { lastSeq } = await decideOnCode(fleet, caller, found, { type: "RevokeCode", by: caller.by });
  return { seq: lastSeq };
}

function targetsIn({ count, devices }: MakeClaimCodes): readonly CodeTarget[] {
  if ((count === undefined) === (devices === undefined)) throw invalid("count", "give either count or devices");
  const targets: readonly CodeTarget[] = devices ?? Array.from({ length: count ?? 0 }, () => ({}));
  if (targets.length < 1 || targets.length > MAX_CODES)
    throw invalid(devices ? "devices" : "count", `1 to ${MAX_CODES} codes are made at once`);
  for (const [index, { id, serial }] of targets.entries()) {
    if (devices === undefined) break;
    if (id === undefined && serial === undefined) throw invalid(`devices[${index}]`, "a device has an id or a serial");
    if (id !== undefined) parseDeviceId(id);
  }
  return targets;
}

function* partsOf(targets: readonly CodeTarget[]): Generator<readonly CodeTarget[]> {
  for (let from = 0; from < targets.length; from += CONCURRENT) yield targets.slice(from, from + CONCURRENT);
}

/** A registered device must be in the codes' account, and within the caller's scope. */
async function mustReach(
  fleet: Pick<Fleet, "log" | "views">,
  caller: Caller,
  account: string,
  id: string,
): Promise<void> {
  const { state } = await loadFromLog(fleet.log, deviceDecider, "device", id);
  if (state.status !== "registered") return;
  if (accountOf(state) === account) return await allowOnNamedDevice(fleet, caller, "claim-code.create", id, "devices");
  throw new FleetError("device-unknown", `there is no device ${id} in this account`, { field: "devices" });
}
