import type { Agent, AgentOptions, Clock, Logger, Transport } from "@fleetlog/agent";
import type { Location } from "./location.ts";
import type { Random } from "./random.ts";

export interface DeviceContext {
  readonly id: string;
  /** The device's number within its kind, from 1; determines its location. */
  readonly nth: number;
  /** Source of everything random in its behaviour. */
  readonly random: Random;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A serial number derived from the id. */
  readonly serial: string;
  /** The transport to the gateway, without simulated faults. */
  readonly transport: Transport;
  /** Creates an agent that uses the same store as the device's earlier agents. */
  agent(
    options: Pick<AgentOptions, "commands" | "configuration" | "profile" | "backoff"> & {
      readonly transport: Transport;
    },
  ): Agent;
}

/** A device that runs from its creation until it is stopped. */
export interface SimulatedDevice {
  /** The current agent; a reboot creates another. */
  readonly agent: Agent;
  stop(): Promise<void>;
}

export interface Kind {
  /** Part of the ids of its devices. */
  readonly name: string;
  /** The locations of its devices, in order. If there are more devices, locations are used again. */
  readonly locations: readonly Location[];
  /** Creates a device, which connects at once. */
  create(context: DeviceContext): SimulatedDevice;
}
