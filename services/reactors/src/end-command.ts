import {
  type Command,
  type CommandCommand,
  command as decider,
  type EventContext,
  encodeToken,
} from "@fleetlog/domain";
import { handle, type Loaded } from "@fleetlog/log";
import { liveSubject } from "@fleetlog/protocol";
import { ask } from "./queries.ts";
import type { World } from "./reaction.ts";

type Ending = Extract<CommandCommand, { type: "ExpireCommand" | "CancelCommand" }>;

interface Frame {
  /** The same for whoever ends the command for this reason, so that two are one. */
  readonly id: string;
  readonly source: string;
  readonly causationid: string;
}

/**
 * Ends a command unless it has ended, and tells the gateway that holds its device. Resolves with the sequence that
 * the device's commands are at afterwards.
 *
 * @throws what the decider throws; FleetError `view-behind`, `unavailable`, `log-unavailable`, `conflict`
 */
export async function endCommand(world: World, ending: Ending, frame: Frame): Promise<number> {
  const { log, bus, clock, signal, logger } = world;
  const { device, command } = ending;
  let context: EventContext = {};

  const load = async (): Promise<Loaded<Command | undefined>> => {
    const lastSeq = (await log.last("command", device))?.seq ?? 0;
    const { result } = await ask(bus, "commands.get", { id: command }, lastSeq);
    if (result?.correlationid !== undefined) context = { correlationid: result.correlationid };
    signal.throwIfAborted();
    return { state: result ?? undefined, lastSeq };
  };
  const { events, lastSeq } = await handle({
    log,
    decider,
    load,
    command: ending,
    frame: () => ({ ...context, ...frame, time: new Date(clock.now()).toISOString(), entity: device }),
  });
  for (const { type, correlationid } of events)
    logger.info({ device, command, correlationid, event: type }, "ended a command");
  if (events.length > 0) bus.publish(liveSubject(encodeToken(device), "ended"), { command });
  return lastSeq;
}
