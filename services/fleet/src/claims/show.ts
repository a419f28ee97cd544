import { randomUUID } from "node:crypto";
import {
  type ClaimCode,
  claimedBy,
  FleetError,
  isDeviceId,
  letsDeviceIn,
  unknownClaimCode,
  WHOLE_FLEET,
} from "@fleetlog/domain";
import { authorize } from "@fleetlog/identity";
import type { ProvisionAsk } from "@fleetlog/protocol";
import type { Fleet } from "../dependencies/fleet.ts";
import { acceptProvisioning } from "../provisioning/accept.ts";
import { callerFor, type PresentedProvisioning } from "../provisioning/log-in.ts";
import { openForNewcomer, outcomeOf } from "../provisioning/newcomer.ts";
import { giveClaimed } from "./claim.ts";
import { claimCodeIdOf, decideOnCode, loadClaimCode } from "./load.ts";

export interface ShownCode {
  readonly code: string;
  readonly request: string;
  readonly account: string;
}

/**
 * Lets a device in that shows a claim code instead of a token. Resolves with undefined if no code lets this device in.
 * @throws FleetError `forbidden` without TLS, if the code does not allow that; `log-unavailable`, `log-full`
 */
export async function showClaimCode(
  fleet: Pick<Fleet, "log" | "writer" | "provisioner">,
  { clientId: device, userName, password, encrypted, address }: PresentedProvisioning,
  now: number,
): Promise<ShownCode | undefined> {
  const id = userName === device && isDeviceId(device) ? claimCodeIdOf(fleet, password) : undefined;
  const found = id === undefined ? undefined : await loadClaimCode(fleet, id);
  if (found === undefined || !letsDeviceIn(found, device, now)) return undefined;
  if (!encrypted && !found.allowPlain) {
    throw new FleetError("forbidden", "this claim code lets its device in by TLS only", {
      advice: "Use the port with TLS, or make codes with allowPlain.",
    });
  }
  const { shown } = found;
  const outcome = shown === undefined ? undefined : await outcomeOf(fleet, shown.request);
  const kind = outcome === "completed" || outcome === "refused" ? "ended" : outcome;
  if (kind === "ended") return undefined;
  const { state } = await decideOnCode(fleet, undefined, found, {
    type: "ShowCode",
    device,
    request: randomUUID(),
    now: new Date(now).toISOString(),
    address,
    ...(shown !== undefined && kind !== undefined && { earlier: { request: shown.request, outcome: kind } }),
  });
  return { code: found.id, request: state.shown?.request ?? "", account: claimedBy(state) ?? found.account };
}

type Dependencies = Parameters<typeof acceptProvisioning>[0] & Pick<Fleet, "accounts" | "provisioner">;

/** @throws FleetError `claim-code-unknown` for a revoked code */
export async function isClaimed(fleet: Pick<Fleet, "log">, code: string): Promise<boolean> {
  const found = await loadClaimCode(fleet, code);
  if (found === undefined || found.revoked) throw unknownClaimCode();
  return claimedBy(found) !== undefined;
}

/**
 * @throws FleetError `provision-state` before the claim; `forbidden` for another serial number than the code's; errors
 * of `acceptProvisioning`
 */
export async function acceptClaimed(
  fleet: Dependencies,
  { code: id, request }: ShownCode,
  ask: ProvisionAsk,
  now: number,
  session?: number,
): Promise<{ readonly jws: string }> {
  authorize(callerFor(request).principal, "provision.ask", WHOLE_FLEET);
  const code = await loadClaimCode(fleet, id);
  if (code === undefined || code.revoked || code.shown?.request !== request) throw unknownClaimCode();
  const account = claimedBy(code);
  if (account === undefined) throw new FleetError("provision-state", "nobody has claimed this device yet");
  if (code.serial !== undefined && ask.serial !== code.serial) {
    throw new FleetError("forbidden", "the claim code is for another serial number", { field: "serial" });
  }
  await giveClaimed(fleet, undefined, code);
  await openForNewcomer(fleet, newcomerOf(code, code.shown.device, account), now);
  return acceptProvisioning(fleet, request, ask, now, session);
}

function newcomerOf(
  { id, claim, tags, deviceType, allowPlain, shown, device: bound }: ClaimCode,
  device: string,
  account: string,
) {
  return {
    request: shown?.request ?? "",
    device,
    account,
    by: `claim-codes/${id}`,
    order: {
      // An imported device is registered already.
      overwrite: bound !== undefined,
      allowPlain,
      device: {
        id: device,
        ...(claim?.name !== undefined && { name: claim.name }),
        tags: claim?.tags ?? tags,
        ...(deviceType !== undefined && { type: deviceType }),
      },
      bundles: [],
      claimCode: id,
    },
  };
}
