import {
  catalogueDecider,
  definitionEntity,
  deviceUpdatesDecider,
  FleetError,
  type ScanStarted,
  type ScanTarget,
  scanDecider,
  type UpdateCommand,
  WHOLE_FLEET,
} from "@fleetlog/domain";
import { authorize, scopeOf } from "@fleetlog/identity";
import type { StartScanBody } from "@fleetlog/protocol";
import { accountFor } from "../accounts/owner.ts";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import { type Caller, metadataOf } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { newId } from "../repeated.ts";
import { loadFromLog } from "../writer/load.ts";
import { unknownCatalogue } from "./catalogues.ts";

type Dependencies = Pick<Fleet, "log" | "writer" | "views" | "accounts">;
type Recording = Pick<Fleet, "log" | "writer"> & { readonly signal?: AbortSignal };

/**
 * Records that devices are to be compared with their account's catalogues. A reaction compares them.
 * @throws FleetError `forbidden`, `account-unknown`, `catalogue-unknown`, `group-unknown`, `device-unknown`,
 * `log-unavailable`, `log-full`; errors of `Views.query`
 */
export async function startScan(
  fleet: Dependencies,
  caller: Caller,
  { catalogue: named, to, account: given }: StartScanBody,
): Promise<{ readonly id: string; readonly account: string; readonly seq: number }> {
  const { principal, by } = caller;
  authorize(principal, "scan.start", WHOLE_FLEET);
  const account = accountFor(caller, "scan.start", given);
  await fleet.accounts.get(account);
  const scope = scopeOf(principal, "scan.start");
  if (named !== undefined) {
    const { state } = await loadFromLog(
      fleet.log,
      catalogueDecider,
      "catalogue",
      definitionEntity({ name: named, account }),
    );
    if (state.status !== "defined") throw unknownCatalogue(named, "catalogue");
  }
  await mustHaveDevices(fleet, caller, to, account);
  const id = newId(caller, "scan");
  const data = {
    ...{ scan: id, reason: "hand" as const, to, by },
    ...(named !== undefined && { catalogue: named }),
    ...(scope.tags !== undefined && { scope: { tags: scope.tags } }),
  };
  const seq = await recordScanStart(fleet, caller, data, account);
  return { id, account, seq };
}

/** Does nothing if a scan has that id already. */
export async function recordScanStart(
  fleet: Recording,
  caller: Caller,
  data: ScanStarted["data"],
  account: string,
): Promise<number> {
  const { lastSeq } = await fleet.writer.record({
    ...decisionOf(fleet),
    decider: scanDecider,
    load: () => loadFromLog(fleet.log, scanDecider, "scan", data.scan),
    command: { type: "StartScan", ...data },
    entity: data.scan,
    metadata: { ...metadataOf(caller), account },
  });
  return lastSeq;
}

/** Does nothing if the scan has ended already. */
export async function recordScanEnd(
  fleet: Recording,
  caller: Caller,
  { account, ...data }: { scan: string; devices: number; error?: string; account: string },
): Promise<void> {
  await fleet.writer.record({
    ...decisionOf(fleet),
    decider: scanDecider,
    load: () => loadFromLog(fleet.log, scanDecider, "scan", data.scan),
    command: { type: "EndScan", ...data },
    entity: data.scan,
    metadata: { ...metadataOf(caller), id: `${data.scan}/ended`, account },
  });
}

/** Records what the catalogues have for a device; once in a scan. @returns whether it was recorded now */
export async function recordScanned(
  fleet: Recording,
  caller: Caller,
  command: UpdateCommand,
  { account, id }: { readonly account: string; readonly id: string },
): Promise<boolean> {
  const { log } = fleet;
  const { event } = await fleet.writer.record({
    ...decisionOf(fleet),
    decider: deviceUpdatesDecider,
    load: async () => {
      const last = await log.last("update", command.device);
      return { state: last && deviceUpdatesDecider.evolve(undefined, last), lastSeq: last?.seq ?? 0 };
    },
    command,
    entity: command.device,
    metadata: { ...metadataOf(caller), id, account },
  });
  return event !== undefined;
}

function decisionOf({ signal }: Recording) {
  return { timeoutMs: APPEND_TIMEOUT_MS, ...(signal !== undefined && { signal }) };
}

async function mustHaveDevices(
  { views }: Dependencies,
  caller: Caller,
  to: ScanTarget,
  account: string,
): Promise<void> {
  const scope = scopeOf(caller.principal, "scan.start");
  const options = { scope, whenAway: "wait", whenBehind: "newest" } as const;
  if ("group" in to) {
    if ((await views.query("groups.get", { name: to.group, account }, options)) === null)
      throw new FleetError("group-unknown", `there is no group ${to.group}`, { field: "to.group" });
  }
  if (!("devices" in to)) return;
  const found = await views.query("devices.rows", { ids: [...to.devices] }, options);
  const known = new Set(found.filter((one) => one.account === account).map(({ id }) => id));
  const missing = to.devices.findIndex((id) => !known.has(id));
  if (missing >= 0)
    throw new FleetError("device-unknown", `there is no device ${to.devices[missing]}`, {
      field: `to.devices[${missing}]`,
    });
}
