import type { Category, StreamName } from "@fleetlog/domain";
import { ARTIFACTS_BUCKET } from "../artifacts-bucket.ts";

/** Processes that connect to NATS. Each has a user of its own. */
export const NATS_ROLES = ["gateway", "projector", "reactors", "historian"] as const;
export type NatsRole = (typeof NATS_ROLES)[number];

/** What a process may do with NATS. The server permits nothing else. */
export interface Needs {
  readonly appends: readonly Category[] | "all";
  readonly reads: readonly StreamName[];
  /**
   * Whether the process makes the streams of events and of buckets, and changes those that differ from their
   * declaration. Only gateways may: whoever may create or change a stream can have nats-server store entries under
   * other subjects. The other processes wait until a stream exists.
   */
  readonly updatesStreams: boolean;
  /** Buckets that the process writes. */
  readonly buckets: readonly string[];
  /** Buckets that the process makes for others, and does not use. */
  readonly makesBuckets?: readonly string[];
  /** Buckets that the process reads and does not write. */
  readonly readsBuckets?: readonly string[];
  readonly objects: readonly string[];
  readonly publishes: readonly string[];
  readonly subscribes: readonly string[];
  /** The processes whose requests this process answers. */
  readonly answers: readonly NatsRole[];
}

const STREAMS = ["FLEET", "TELEMETRY", "ACCESS", "DELIVERY"] as const;

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
      "passkeys",
      "passkey-challenges",
      "open-ids",
      "catalogues",
      "channels",
      "deliveries",
      "device-messages",
      "credentials",
      "device-logins",
      "waiting",
      "provisioning",
      "idempotency-keys",
      "leases",
      "damaged-copies",
      "mqtt-sessions",
      "reports",
    ],
    makesBuckets: ["reactors", "catalogue-answers", "marks"],
    objects: [ARTIFACTS_BUCKET],
    publishes: [
      "live.*.*",
      "query.>",
      "history.>",
      "beat.gateway.*",
      "mqtt.hand-over.*",
      "access.ended",
      "accounts.used",
      "authorities.changed",
      "provisioning.session.*",
      "waiting.*.*",
    ],
    subscribes: [
      "fleet.*.*",
      "live.*.*",
      "changed.*",
      "beat.*.*",
      "mqtt.hand-over.*",
      "access.ended",
      "accounts.used",
      "authorities.changed",
      "provisioning.session.*",
      "waiting.*.*",
      "authority.*",
    ],
    answers: ["gateway", "historian"],
  },
  projector: {
    appends: [],
    reads: STREAMS,
    updatesStreams: false,
    buckets: [],
    objects: [],
    publishes: ["changed.*", "beat.projector.*"],
    subscribes: ["query.>"],
    answers: ["gateway", "reactors"],
  },
  reactors: {
    appends: ["command", "configuration", "gateway", "provisioning", "person", "delivery", "scan", "update"],
    reads: STREAMS,
    updatesStreams: false,
    // Reactors open the sealed address and code of each mail, the sealed settings and messages of channels, and the
    // sealed keys of catalogues.
    buckets: [
      "leases",
      "reactors",
      "installation",
      "subject-keys",
      "people-codes",
      "channels",
      "deliveries",
      "catalogues",
      "catalogue-answers",
    ],
    objects: [],
    publishes: ["live.*.*", "query.>", "beat.reactors.*", "released.>"],
    subscribes: ["released.>"],
    answers: [],
  },
  historian: {
    appends: [],
    reads: STREAMS,
    updatesStreams: false,
    // Historians write marks, which they sign with the installation key.
    buckets: ["marks"],
    // The Kurrent endpoint verifies API keys, whose access is at most that of their author.
    readsBuckets: ["installation", "api-keys", "people"],
    objects: [],
    // The Kurrent endpoint asks a gateway for its certificate.
    // Historians copy parts of their archives from each other.
    publishes: ["beat.historian.*", "authority.*", "archive.*.*"],
    subscribes: ["history.>", "beat.historian.*", "archive.*.*"],
    answers: ["gateway", "historian"],
  },
};

/** The inbox prefix of a role. Each role can read only its own inbox. */
export function inboxOf(role: NatsRole): string {
  return `_INBOX_${role}`;
}

/** The beginning of all subjects for answers of processes. */
export const ANSWERS = "_ANSWER";

/**
 * The prefix of the subjects on which a role's requests are answered. Other roles may publish there, but not to the
 * role's inbox: so nobody can forge an answer of the log. NATS' `allow_responses` would need no such subjects, but
 * with it nats-server remembers the reply subject of every delivered message for minutes.
 */
export function answersOf(role: NatsRole | undefined): string {
  return role === undefined ? ANSWERS : `${ANSWERS}_${role}`;
}
