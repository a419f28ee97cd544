import type { Causation, CloseReason, SessionOpened } from "@fleetlog/domain";
import type { Appended } from "@fleetlog/log";
import type { Fleet } from "../dependencies/fleet.ts";

export interface Opened {
  /** Sequence of the session's SessionOpened: the fencing token. */
  readonly epoch: number;
  readonly sessionId: string;
}

/** Appends without a decision, since opening is never refused. The device's older session ends. */
export async function openSession({ writer }: Pick<Fleet, "writer">, data: SessionOpened["data"]): Promise<Opened> {
  const event = writer.event({ type: "SessionOpened", data }, data.device);
  const { seq } = await writer.append(event);
  return { epoch: seq, sessionId: event.id };
}

export interface EndedSession {
  readonly device: string;
  readonly epoch: number;
  readonly sessionId: string;
  readonly reason: CloseReason;
  readonly detail: string | undefined;
  readonly account: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The event that ended the session, as metadata of SessionClosed. */
  readonly causedBy: Causation;
}

/** Appends without a decision: folds ignore the end of any session but the device's newest. */
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
