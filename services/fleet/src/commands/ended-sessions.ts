import {
  type CloseReason,
  type Command,
  commandOf,
  isEventOf,
  isSameSession,
  type RecordedEvent,
  type SessionReference,
  sessionEvents,
} from "@fleetlog/domain";
import type { EventLog } from "@fleetlog/log";

/** Only a session that ends this soon after a delivery counts. */
const SOON_MS = 10_000;
/** Number of the device's newest events that are read: enough for a few sessions with many deliveries. */
const MAX_EVENTS = 400;
/** Reasons that are neither an orderly close by the device nor an outage of Fleetlog. */
const ABNORMAL: ReadonlySet<CloseReason> = new Set(["lost", "protocol-error"]);

export interface EndedSessions {
  /** Number of the newest deliveries in a row that were followed soon by an abnormal end of the session. */
  readonly count: number;
  /** How the session of the last delivery ended; undefined if it has not. */
  readonly last: string | undefined;
}

interface Session extends SessionReference {
  readonly incarnation: string;
  end?: { readonly at: number; readonly abnormal: boolean; readonly how: string };
}

/** Counts a command's newest deliveries that ended the session, as far as the device's newest events show. */
export async function sessionsEndedBy(log: EventLog, { id, device }: Command): Promise<EndedSessions> {
  const newest = new Map<string, RecordedEvent>();
  const query = { stream: "FLEET", entity: device, categories: ["session", "command"] } as const;
  for await (const event of log.read({ ...query, direction: "backwards", limit: MAX_EVENTS })) {
    // The first of repeated events counts.
    newest.delete(event.id);
    newest.set(event.id, event);
  }
  return endedSessions([...newest.values()].reverse(), id);
}

/** @param events of one device's sessions and commands, in log order */
export function endedSessions(events: readonly RecordedEvent[], command: string): EndedSessions {
  const sessions: Session[] = [];
  const deliveries: { readonly at: number; readonly session: Session }[] = [];
  for (const event of events) {
    if (isEventOf(sessionEvents, event)) applySessionEvent(sessions, event);
    else if (event.type === "CommandDelivered" && commandOf(event) === command) {
      const session = sessions.findLast((one) => isSameSession(one, event.data));
      if (session !== undefined) deliveries.push({ at: Date.parse(event.time), session });
    }
  }
  const lastHarmless = deliveries.findLastIndex(
    ({ at, session: { end } }) => !(end?.abnormal === true && end.at - at <= SOON_MS),
  );
  return { count: deliveries.length - 1 - lastHarmless, last: deliveries.at(-1)?.session.end?.how };
}

function applySessionEvent(
  sessions: Session[],
  event: Extract<RecordedEvent, { type: "SessionOpened" | "SessionClosed" }>,
) {
  const at = Date.parse(event.time);
  if (event.type === "SessionClosed") {
    const { reason, detail } = event.data;
    const closed = sessions.findLast((one) => isSameSession(one, event.data));
    if (closed !== undefined) closed.end ??= { at, abnormal: ABNORMAL.has(reason), how: detail ?? reason };
    return;
  }
  const { incarnation } = event.data;
  const before = sessions.at(-1);
  if (before !== undefined) {
    // The device connected again without a close. That is abnormal, except after an end of the gateway's process.
    const abnormal = before.incarnation === incarnation;
    before.end ??= { at, abnormal, how: "the device connected again" };
  }
  sessions.push({ epoch: event.seq, session: event.id, incarnation });
}
