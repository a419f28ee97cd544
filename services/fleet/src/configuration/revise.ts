import {
  type ConfigurationCommand,
  type ConfigurationEvent,
  type ConfigurationState,
  configurationDecider,
  sameJson,
} from "@fleetlog/domain";
import type { DefaultsOfDevice } from "@fleetlog/protocol";
import { type Caller, metadataOf } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import type { Outcome } from "../writer/decision.ts";
import { loadConfiguration } from "./load.ts";

export interface Revision {
  readonly reason: string;
  readonly signal: AbortSignal;
}

/** Whether the desired configuration no longer follows from the device's defaults and own values. */
export function isStale({ gone, outlived, defaults, current }: DefaultsOfDevice): boolean {
  if ((gone || outlived) && Object.keys(current.own).length > 0) return true;
  return !sameJson(defaults, current.defaults);
}

/**
 * Records a new revision after a change of defaults, if the values differ. A device that is gone, or whose id was
 * registered again, loses its own values.
 * @throws FleetError `conflict`, `log-unavailable`; errors of `Views.query`
 */
export function reviseConfiguration(
  fleet: Pick<Fleet, "log" | "writer" | "views">,
  caller: Caller,
  { device, defaults, gone, outlived }: DefaultsOfDevice,
  { reason, signal }: Revision,
): Promise<Outcome<ConfigurationState, ConfigurationEvent>> {
  const command: ConfigurationCommand = {
    type: "SetConfiguration",
    device,
    ...((gone || outlived) && { own: {} }),
    defaults,
    by: caller.by,
    reason,
  };
  return fleet.writer.record({
    decider: configurationDecider,
    load: () => loadConfiguration(fleet, device),
    command,
    entity: device,
    // Every process derives the same event id from the cause.
    metadata: ({ revision }) => {
      const { causationid, ...metadata } = metadataOf(caller);
      if (causationid === undefined) return metadata;
      return { ...metadata, causationid, id: `${device}/configured/${revision + 1}/${causationid}` };
    },
    signal,
  });
}
