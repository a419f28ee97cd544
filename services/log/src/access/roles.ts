import type { Category, StreamName } from "@fleetlog/domain";
import { ARTIFACTS_BUCKET } from "../objects/stream.ts";

/** Processes that connect to NATS. Each has a user of its own. */
export const NATS_ROLES = ["gateway", "projector", "reactors", "historian"] as const;
export type NatsRole = (typeof NATS_ROLES)[number];

/** What a process may do with NATS. The server permits nothing else. */
export interface Needs {
  readonly appends: readonly Category[] | "all";
  readonly reads: readonly StreamName[];
  /**
   * Whether the process changes streams that differ from their declaration. Every process may create a missing stream.
   */
  readonly updatesStreams: boolean;
  readonly buckets: readonly string[];
  readonly objects: readonly string[];
  readonly publishes: readonly string[];
  readonly subscribes: readonly string[];
  /** The longest answer to a request, in messages; 0 for a process that answers none. */
  readonly answers: number;
}

const STREAMS = ["FLEET", "TELEMETRY", "ACCESS"] as const;

/**
 * All permissions of processes in NATS. The server refuses everything else, and the process logs the refused subject.
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
    // The address and the code of a mail are sealed with keys.
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
    // An answer consists of chunks.
    answers: 100_000,
  },
};

/** The inbox prefix of a role. Each role can read only its own inbox. */
export function inboxOf(role: NatsRole): string {
  return `_INBOX_${role}`;
}
