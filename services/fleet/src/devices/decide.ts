import { accountOf, type DeviceCommand, type DeviceEvent, type DeviceState, deviceDecider } from "@fleetlog/domain";
import { mustStillBeWithin } from "../allow.ts";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import { type Caller, metadataOf } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import type { Outcome } from "../writer/decision.ts";
import { loadFromLog } from "../writer/load.ts";

/** Result of a change: the sequence of the newest event. */
export interface Done {
  readonly seq: number;
}

/**
 * Commands with checks of their own: a registration needs the caller's account; a move needs an administrator or a
 * claim code.
 */
const BY_OTHER_RIGHTS: ReadonlySet<DeviceCommand["type"]> = new Set(["RegisterDevice", "MoveDevice"]);

export function decideOn(
  { log, writer }: Pick<Fleet, "log" | "writer">,
  caller: Caller,
  device: string,
  command: DeviceCommand,
  /** Called after each load; throws for a state that the caller refuses. */
  check: (state: DeviceState) => void | Promise<void> = () => {},
  /** Account of the event; default: the device's. */
  account?: string,
): Promise<Outcome<DeviceState, DeviceEvent>> {
  return writer.record({
    decider: deviceDecider,
    load: async () => {
      const loaded = await loadFromLog(log, deviceDecider, "device", device);
      if (!BY_OTHER_RIGHTS.has(command.type)) mustStillBeInScope(caller, device, loaded.state);
      await check(loaded.state);
      return loaded;
    },
    command,
    entity: device,
    metadata: (state) => ({ ...metadataOf(caller, [device, command.type]), account: account ?? ownerOf(state) }),
    timeoutMs: APPEND_TIMEOUT_MS,
  });
}

/** Refuses a limited caller if the device has just left the scope. @throws FleetError `device-unknown` */
export function mustStillBeInScope(caller: Caller, device: string, state: DeviceState): void {
  if (state.status === "registered") mustStillBeWithin(caller, device, { account: ownerOf(state), tags: state.tags });
}

/** The device's account. */
export function ownerOf(state: DeviceState): string {
  return accountOf(state.status === "unknown" ? {} : state);
}
