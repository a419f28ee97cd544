import {
  type ConfigurationCommand,
  type ConfigurationState,
  configurationDecider,
  differencesOf,
  effectiveValues,
  FleetError,
  invalid,
  type JsonObject,
  mustBeRegistered,
  patchBetween,
  sameJson,
} from "@fleetlog/domain";
import { steadyTime } from "@fleetlog/log";
import { configurationFault, MAX_CONFIGURATION_BYTES } from "@fleetlog/protocol";
import { allowOnDevice } from "../allow.ts";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import { type Caller, metadataOf } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { DevicePermission } from "../device-permission.ts";
import { defaultsOf } from "./defaults.ts";
import { mustBeAtMost } from "./definitions.ts";
import { findRevision, loadConfiguration } from "./load.ts";

type Dependencies = Pick<Fleet, "log" | "writer" | "views">;

export interface ConfigurationDone {
  readonly revision: number;
  readonly seq: number;
}

/**
 * Replaces all own values of a device. With `ifRevision`, the newest revision must be in the list.
 * @throws FleetError `device-unknown`, `device-retired`, `invalid-request` naming the wrong field, `payload-too-large`,
 * `precondition-failed` naming author and differences, `conflict`, `log-unavailable`, `log-full`; errors of
 * `Views.query`
 */
export async function setConfiguration(
  fleet: Dependencies,
  caller: Caller,
  device: string,
  own: JsonObject,
  ifRevision?: readonly string[],
): Promise<ConfigurationDone> {
  mustBeAtMost(MAX_CONFIGURATION_BYTES, "values", own);
  return record(fleet, caller, device, { own: () => own, ifRevision });
}

/**
 * Restores the desired configuration of an earlier revision, even if the defaults have changed.
 * @throws FleetError `not-found` for an unknown revision, and as {@link setConfiguration}
 */
export async function restoreConfiguration(
  fleet: Dependencies,
  caller: Caller,
  device: string,
  revision: number,
  ifRevision?: readonly string[],
): Promise<ConfigurationDone> {
  const visible = await allowOnDevice(fleet, caller, "configuration.set", device);
  const earlier = await findRevision(fleet.log, device, revision, visible?.from.seq);
  if (earlier === undefined) {
    mustBeRegistered(device, await fleet.log.last("device", device));
    throw new FleetError("not-found", `${device} has no configuration of revision ${revision}`, { field: "revision" });
  }
  const own = (defaults: ConfigurationState["defaults"]): JsonObject =>
    sameJson(effectiveValues(defaults, earlier.own), earlier.values)
      ? earlier.own
      : (patchBetween(effectiveValues(defaults, {}), earlier.values) ?? {});
  return record(fleet, caller, device, { own, ifRevision, restored: revision });
}

interface Change {
  readonly own: (defaults: ConfigurationState["defaults"]) => JsonObject;
  readonly ifRevision?: readonly string[] | undefined;
  readonly restored?: number;
}

async function record(
  fleet: Dependencies,
  caller: Caller,
  device: string,
  { own, ifRevision, restored }: Change,
): Promise<ConfigurationDone> {
  const at = steadyTime();
  const visible = await allowOnDevice(fleet, caller, "configuration.set", device);
  const permission = new DevicePermission({ fleet, caller, action: "configuration.set", device }, undefined, at);
  let decided: ConfigurationCommand | undefined;
  const outcome = await fleet.writer.record({
    decider: configurationDecider,
    load: async () => {
      const [last, loaded] = await Promise.all([fleet.log.last("device", device), loadConfiguration(fleet, device)]);
      mustBeRegistered(device, last);
      const { state, lastSeq } = loaded;
      if (ifRevision !== undefined && !ifRevision.includes(String(state.revision)))
        throw await changedMeanwhile(fleet, device, state, ifRevision, visible?.from.seq);
      const { defaults, type } = await defaultsOf(fleet, device, Math.max(last.seq, lastSeq));
      const values = own(defaults);
      if (type !== undefined) await mustBeAllowed(fleet, device, effectiveValues(defaults, values));
      await permission.renew();
      decided = {
        type: "SetConfiguration",
        device,
        own: values,
        defaults,
        by: caller.by,
        ...(restored !== undefined && !sameJson(values, state.own) && { restored }),
      };
      return loaded;
    },
    // A getter, because each load sets the command.
    get command() {
      return decided as ConfigurationCommand;
    },
    entity: device,
    beforeAppend: () => permission.mustBeRecent(),
    metadata: metadataOf(caller),
    timeoutMs: APPEND_TIMEOUT_MS,
  });
  return { revision: outcome.state.revision, seq: outcome.lastSeq };
}

/** @throws FleetError `invalid-request` if the schema of the device's type refuses the values */
async function mustBeAllowed({ views }: Dependencies, device: string, values: JsonObject): Promise<void> {
  const type = await views.query("types.ofDevice", { id: device }, { whenAway: "wait" });
  const fault = configurationFault(type?.schema, values);
  if (fault !== undefined) throw invalid(fault.field, `${fault.message}, as the device type ${type?.name} says`);
}

const MAX_SHOWN = 5;
const MAX_CHARS = 60;

async function changedMeanwhile(
  { log }: Dependencies,
  device: string,
  { revision, values, setBy, setAt, reason }: ConfigurationState,
  [known = ""]: readonly string[],
  since: number | undefined,
): Promise<FleetError> {
  const before = /^\d+$/.test(known) ? await findRevision(log, device, Number(known), since) : undefined;
  const differences = before === undefined ? [] : differencesOf(before.values, values);
  const shown = differences
    .slice(0, MAX_SHOWN)
    .map(({ path, left, right }) => `${path}: ${text(left)} → ${text(right)}`);
  const more = differences.length > MAX_SHOWN ? `, and ${differences.length - MAX_SHOWN} more` : "";
  const what = shown.length === 0 ? "" : `; since revision ${known} ${shown.join(", ")}${more}`;
  const why = reason === undefined ? "" : ` (${reason})`;
  // After a move to another account without its history, the device's earlier revisions and their authors are hidden.
  const visible = since === undefined || (await findRevision(log, device, revision, since)) !== undefined;
  const set = visible ? ` was set by ${setBy}${why} at ${setAt}` : " is the newest";
  const who = setBy === undefined ? "none was set yet" : `revision ${revision}${set}`;
  return new FleetError("precondition-failed", `the configuration of ${device} was changed meanwhile: ${who}${what}`, {
    field: "If-Match",
    advice: "Read it again, and repeat the change with its new revision.",
  });
}

function text(value: unknown): string {
  const json = value === undefined ? "nothing" : JSON.stringify(value);
  return json.length > MAX_CHARS ? `${json.slice(0, MAX_CHARS).toWellFormed()}…` : json;
}
