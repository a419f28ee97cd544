import type { Agent, AgentOptions, Clock, Logger, Transport } from "@fleetlog/agent";
import type { Location } from "./location.ts";
import type { Random } from "./random.ts";

export interface DeviceContext {
  readonly id: string;
  /** The device's number within its kind, from 1, which determines the device's location. */
  readonly nth: number;
  readonly random: Random;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly serial: string;
  readonly transport: Transport;
  agent(
    options: Pick<AgentOptions, "commands" | "configuration" | "profile" | "backoff"> & {
      readonly transport: Transport;
    },
  ): Agent;
}

/** A device that runs from its creation until it is stopped. */
export interface SimulatedDevice {
  /** A reboot replaces the agent. */
  readonly agent: Agent;
  stop(): Promise<void>;
}

export interface Kind {
  readonly name: string;
  readonly locations: readonly Location[];
  create(context: DeviceContext): SimulatedDevice;
}
