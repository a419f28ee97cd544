import type { Agent, AgentOptions, Clock, Logger, Transport } from "@fleetlog/agent";
import type { Place } from "./place.ts";
import type { Random } from "./random.ts";

/** What a simulated device stands on. */
export interface Body {
  readonly id: string;
  /** Which of its kind it is, from 1: it says where the device is. */
  readonly nth: number;
  /** Its life; the same seed gives the same. */
  readonly random: Random;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A serial number that belongs to the id. */
  readonly serial: string;
  /** The way to the gateway, as it would be without any trouble. */
  readonly transport: Transport;
  /** A start of its agent, on a store that outlives it. */
  agent(options: Pick<AgentOptions, "commands" | "profile" | "backoff"> & { readonly transport: Transport }): Agent;
}

/** A device that lives from its making until it is stopped. */
export interface SimulatedDevice {
  /** Of its present start. */
  readonly agent: Agent;
  stop(): Promise<void>;
}

export interface Kind {
  /** Part of the ids of its devices. */
  readonly name: string;
  /** Where its devices are, in their order; more devices than places begin anew. */
  readonly places: readonly Place[];
  /** What the device does with a body; it connects at once. */
  bringToLife(body: Body): SimulatedDevice;
}
