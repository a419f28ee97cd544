import type { DeviceSession } from "../../sessions/index.ts";
import type { Inbound } from "./inbound.ts";
import type { Sent } from "./outbound.ts";
import type { SessionRecord } from "./store.ts";
import type { TopicSubscriptions } from "./subscriptions.ts";

export interface SessionState {
  readonly expirySeconds: number;
  readonly subscriptions: TopicSubscriptions;
  readonly inbound: Inbound;
  readonly sent: readonly Sent[];
}

/** The record from which a later connection resumes the session. */
export function recordOf(
  session: DeviceSession,
  { expirySeconds, subscriptions, inbound, sent }: SessionState,
): SessionRecord {
  return {
    ...session.reference,
    expirySeconds,
    subscriptions: subscriptions.toJSON(),
    received: inbound.receivedIds(),
    sent: [...sent],
  };
}
