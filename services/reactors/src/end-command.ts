import { type Ending, endCommand, partCaller } from "@fleetlog/fleet";
import type { World } from "./reaction.ts";

export interface EndedBy {
  /** Of the event: the same for every process that ends the command for this reason, so that it is one event. */
  readonly id: string;
  /** The event that the reaction follows from; default CommandIssued. */
  readonly causationid?: string;
}

/**
 * A reaction ends a command, and logs it. Resolves with the newest sequence of the device's commands afterwards.
 * @throws FleetError as `endCommand` of @fleetlog/fleet does
 */
export async function endBySystem(world: World, ending: Ending, { id, causationid }: EndedBy): Promise<number> {
  const { logger, signal } = world;
  const { device, command } = ending;
  const caller = partCaller("reactors", causationid);
  const { event, lastSeq } = await endCommand(world, caller, ending, { id, signal });
  if (event !== undefined)
    logger.info({ device, command, correlationid: event.correlationid, event: event.type }, "ended a command");
  return lastSeq;
}
