import {
  type Command,
  type CommandEvent,
  type CommandProgress,
  causeOfAnswer,
  commandDecider,
  commandEventId,
  type EventContext,
  FleetError,
  isCommandId,
} from "@fleetlog/domain";
import type { CommandResult } from "@fleetlog/protocol";
import type { Fleet } from "../dependencies/fleet.ts";
import type { Outcome } from "../writer/decision.ts";
import { commandFrom } from "./look-up.ts";

/** A session that takes and answers commands. */
export interface CommandSession {
  readonly device: string;
  readonly epoch: number;
  readonly sessionId: string;
}

/**
 * Records the delivery of a command, at most once in a session, in the order of the calls. Calls `decided` before it
 * returns, if there is something to record.
 */
export function recordDelivery(
  { writer }: Pick<Fleet, "writer">,
  { device, epoch, sessionId }: CommandSession,
  command: Command,
  decided: () => void,
): Promise<Outcome<Command | undefined, CommandEvent>> {
  return writer.record({
    decider: commandDecider,
    load: () => ({ state: command }),
    command: { type: "DeliverCommand", command: command.id, device, epoch, session: sessionId },
    entity: device,
    beforeAppend: decided,
    metadata: {
      ...correlationOf(command),
      id: commandEventId.delivered(command.id, { epoch, session: sessionId }),
      causationid: commandEventId.issued(command.id),
    },
  });
}

/**
 * Records the device's progress, in the order of the calls. The session's copy of the command decides. Known progress
 * is not recorded.
 * @throws FleetError `command-unknown`, `command-ended`
 */
export function recordProgress(
  { writer }: Pick<Fleet, "writer">,
  { device, epoch, sessionId }: CommandSession,
  progress: CommandProgress,
  command: Command,
): Promise<Outcome<Command | undefined, CommandEvent>> {
  return writer.record({
    decider: commandDecider,
    load: () => ({ state: command }),
    command: { type: "ReportProgress", command: command.id, device, epoch, session: sessionId, ...progress },
    entity: device,
    metadata: { ...correlationOf(command), causationid: causeOfAnswer(command) },
  });
}

/**
 * Records the device's answer, in the order of the calls. The session's copy of the command decides.
 * @throws FleetError `command-unknown` if this device has no such command
 */
export function recordAnswer(
  { writer }: Pick<Fleet, "writer">,
  { device, epoch, sessionId }: CommandSession,
  answer: CommandResult,
  command: Command | undefined,
): Promise<Outcome<Command | undefined, CommandEvent>> {
  const target = { command: answer.id, device, epoch, session: sessionId };
  return writer.record({
    decider: commandDecider,
    load: () => ({ state: command }),
    command: answer.ok
      ? { type: "CompleteCommand", ...target, ...(answer.result !== undefined && { result: answer.result }) }
      : { type: "FailCommand", ...target, error: answer.error },
    entity: device,
    metadata: {
      ...correlationOf(command),
      id: commandEventId.ended(answer.id, { epoch, session: sessionId }),
      ...(command !== undefined && { causationid: causeOfAnswer(command) }),
    },
  });
}

export function giveUpCommand(
  { writer }: Pick<Fleet, "writer">,
  command: Command,
  { sessions, reason }: { readonly sessions: number; readonly reason: string },
): Promise<Outcome<Command | undefined, CommandEvent>> {
  const { id, device } = command;
  return writer.record({
    decider: commandDecider,
    load: () => ({ state: command }),
    command: { type: "GiveUpCommand", command: id, device, sessions, reason },
    entity: device,
    metadata: { ...correlationOf(command), id: commandEventId.givenUp(id), causationid: causeOfAnswer(command) },
  });
}

/**
 * Looks up an answered command that the session does not hold; undefined if it was never issued.
 * @throws FleetError `command-unknown` if `id` is not a command id; errors of `Views.query`
 */
export async function answeredCommand(
  { log, views }: Pick<Fleet, "log" | "views">,
  device: string,
  id: string,
): Promise<Command | undefined> {
  if (!isCommandId(id)) throw new FleetError("command-unknown", "this is not a command id", { field: "id" });
  const last = await log.last("command", device);
  return last === undefined ? undefined : commandFrom(views, id, last.seq);
}

function correlationOf(command: Command | undefined): Pick<EventContext, "correlationid"> {
  return command?.correlationid === undefined ? {} : { correlationid: command.correlationid };
}
