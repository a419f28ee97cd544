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

/** If a session ends later than this after the delivery, the delivery is not taken for the cause. */
const SOON_MS = 10_000;
/** How many of the device's newest events are read: enough for a few sessions in which many commands were delivered. */
const MAX_EVENTS = 400;
/** Reasons that are neither an orderly close by the device nor an outage of Fleetlog. */
const ABNORMAL: ReadonlySet<CloseReason> = new Set(["lost", "protocol-error"]);

export interface EndedSessions {
  /** For how many of the last deliveries in a row the session ended abnormally and soon. */
  readonly count: number;
  /** How the last of these sessions ended; undefined if there is none. */
  readonly last: string | undefined;
}

interface Session extends SessionReference {
  readonly incarnation: string;
  end?: { readonly at: number; readonly abnormal: boolean; readonly how: string };
}

/** How many of a command's last deliveries ended the device's session, as far as the device's newest events show. */
export async function sessionsEndedBy(log: EventLog, { id, device }: Command): Promise<EndedSessions> {
  const newest: RecordedEvent[] = [];
  const query = { stream: "FLEET", entity: device, categories: ["session", "command"] } as const;
  for await (const event of log.read({ ...query, direction: "backwards", limit: MAX_EVENTS })) newest.push(event);
  return endedSessions(newest.reverse(), id);
}

/** @param events all events of one device's sessions and commands that were read, in log order */
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
  const others = deliveries.findLastIndex(
    ({ at, session: { end } }) => !(end?.abnormal === true && end.at - at <= SOON_MS),
  );
  return { count: deliveries.length - 1 - others, last: deliveries.at(-1)?.session.end?.how };
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
    // The device connected again without closing the session. If the gateway's process has ended, that may be the
    // reason.
    const abnormal = before.incarnation === incarnation;
    before.end ??= { at, abnormal, how: "the device connected again" };
  }
  sessions.push({ epoch: event.seq, session: event.id, incarnation });
}
