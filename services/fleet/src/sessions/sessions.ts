import type { Causation, CloseReason, SessionOpened } from "@fleetlog/domain";
import type { Appended } from "@fleetlog/log";
import type { Fleet } from "../fleet.ts";

export interface Opened {
  /** Log sequence of its SessionOpened: the fencing token. */
  readonly epoch: number;
  /** Id of its SessionOpened. */
  readonly sessionId: string;
}

/** Appends without a decision, because opening a session is never refused, and ends the device's older session. */
export async function openSession({ writer }: Pick<Fleet, "writer">, data: SessionOpened["data"]): Promise<Opened> {
  const event = writer.event({ type: "SessionOpened", data }, data.device);
  const { seq } = await writer.append(event);
  return { epoch: seq, sessionId: event.id };
}

export interface EndedSession {
  readonly device: string;
  readonly epoch: number;
  /** Id of its SessionOpened. */
  readonly sessionId: string;
  readonly reason: CloseReason;
  readonly detail: string | undefined;
  readonly account: string;
  /** When the session ended, in milliseconds since the epoch. */
  readonly at: number;
  /** The event that ended the session, as metadata of SessionClosed. */
  readonly causedBy: Causation;
}

/** Appends without a decision, because folds ignore the end of a session that is not the device's newest. */
export function closeSession(
  { writer }: Pick<Fleet, "writer">,
  { device, epoch, sessionId, reason, detail, account, at, causedBy }: EndedSession,
): Promise<Appended> {
  const data = { device, epoch, session: sessionId, reason, ...(detail !== undefined && { detail }) };
  const event = writer.event({ type: "SessionClosed", data }, device, {
    id: `${device}/closed/${sessionId}`,
    time: new Date(at).toISOString(),
    account,
    ...causedBy,
  });
  return writer.append(event);
}
