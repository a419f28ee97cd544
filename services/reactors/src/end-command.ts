import { type CommandEnding, endCommand, partCaller } from "@fleetlog/fleet";
import type { Context } from "./reaction.ts";

export interface Cause {
  /**
   * The event's id. It is made of the command and the reason only, so that the log stores one event even if two
   * processes append it.
   */
  readonly id: string;
  /** Id of the event that caused the reaction; default: the id of CommandIssued. */
  readonly causationid?: string;
}

/**
 * Ends a command for a reaction. Returns the newest sequence of the device's commands afterwards.
 * @throws FleetError as `endCommand` of @fleetlog/fleet does
 */
export async function endBySystem(
  context: Context,
  ending: CommandEnding,
  { id, causationid }: Cause,
): Promise<number> {
  const { logger, signal } = context;
  const { device, command } = ending;
  const caller = partCaller("reactors", causationid);
  const { event, lastSeq } = await endCommand(context, caller, ending, { id, signal });
  if (event !== undefined)
    logger.info({ device, command, correlationid: event.correlationid, event: event.type }, "ended a command");
  return lastSeq;
}
