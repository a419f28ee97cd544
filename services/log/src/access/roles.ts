import type { Category, StreamName } from "@fleetlog/domain";
import { ARTIFACTS_BUCKET } from "../objects/stream.ts";

/** Processes that connect to NATS, each with a user of its own. */
export const NATS_ROLES = ["gateway", "projector", "reactors", "historian"] as const;
export type NatsRole = (typeof NATS_ROLES)[number];

/** What a process does with NATS. The server permits nothing else. */
export interface Needs {
  /** Categories of the events that it appends. */
  readonly appends: readonly Category[] | "all";
  readonly reads: readonly StreamName[];
  /** Whether it changes streams that differ from their declaration. Every process may create a missing stream. */
  readonly updatesStreams: boolean;
  /** Key-value buckets that it reads and writes. */
  readonly buckets: readonly string[];
  /** Object stores that it reads and writes. */
  readonly objects: readonly string[];
  /** Subjects of live messages and requests that it sends. */
  readonly publishes: readonly string[];
  /** Subjects of live messages and requests that it receives. */
  readonly subscribes: readonly string[];
  /** How many messages it may send as the answer to one request; 0 if it answers none. */
  readonly answers: number;
}

const STREAMS = ["FLEET", "TELEMETRY", "ACCESS"] as const;

/**
 * The only place that says what each process may do with NATS. For a new bucket, subject or category, a process needs
 * an entry here. Without the entry the server refuses the access, and the process logs the subject as an error.
 */
export const NEEDS: Readonly<Record<NatsRole, Needs>> = {
  gateway: {
    appends: "all",
    reads: STREAMS,
    updatesStreams: true,
    buckets: [
      "installation",
      "authority",
      "subject-keys",
      "artifact-objects",
      "imports",
      "operators",
      "operator-sessions",
      "people",
      "people-codes",
      "people-tokens",
      "api-keys",
      "second-factors",
      "open-ids",
      "credentials",
      "provisioning",
      "leases",
      "mqtt-sessions",
      "reports",
    ],
    objects: [ARTIFACTS_BUCKET],
    publishes: ["live.*.*", "query.>", "beat.gateway.*", "mqtt.hand-over.*", "access.ended", "provisioning.session.*"],
    // Gateways receive events as they are published, for the operators' pages that follow them.
    subscribes: [
      "fleet.*.*",
      "live.*.*",
      "changed.*",
      "beat.*.*",
      "mqtt.hand-over.*",
      "access.ended",
      "provisioning.session.*",
    ],
    answers: 1,
  },
  projector: {
    appends: [],
    reads: STREAMS,
    updatesStreams: false,
    buckets: [],
    objects: [],
    publishes: ["changed.*", "beat.projector.*"],
    subscribes: ["query.>"],
    answers: 1,
  },
  reactors: {
    appends: ["command", "configuration", "gateway", "provisioning", "person"],
    reads: STREAMS,
    updatesStreams: false,
    // The address and the code of a mail are sealed.
    buckets: ["leases", "reactors", "installation", "subject-keys", "people-codes"],
    objects: [],
    publishes: ["live.*.*", "query.>", "beat.reactors.*", "released.>"],
    subscribes: ["released.>"],
    answers: 0,
  },
  historian: {
    appends: [],
    reads: STREAMS,
    updatesStreams: false,
    buckets: [],
    objects: [],
    publishes: ["beat.historian.*"],
    subscribes: ["history.>"],
    // Large answers are sent in chunks.
    answers: 100_000,
  },
};

/** The inbox prefix of a role. Each role can read only its own inbox, so only the answers to its own requests. */
export function inboxOf(role: NatsRole): string {
  return `_INBOX_${role}`;
}
