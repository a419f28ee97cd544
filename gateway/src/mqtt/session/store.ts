import {
  encodeToken,
  isOlderSession,
  isSameSession,
  type RecordedEvent,
  type SessionEvent,
  type SessionReference,
  sessionOf,
} from "@fleetlog/domain";
import type { Backbone, Bucket, Buckets, EventLog } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";
import { MAX_EXPIRY_SECONDS } from "./client.ts";
import { packed, StoredReceived, unpacked } from "./received.ts";

const qos = Type.Union([Type.Literal(0), Type.Literal(1), Type.Literal(2)]);
const packetId = Type.Integer({ minimum: 1, maximum: 0xffff });

const StoredRecord = Type.Object({
  /** The session that wrote the record. An older session does not overwrite the record. */
  epoch: Type.Integer(),
  session: Type.Optional(Type.String()),
  expirySeconds: Type.Integer({ minimum: 0 }),
  /** Milliseconds since 1970; undefined while the connection is open. */
  endedAt: Type.Optional(Type.Number()),
  subscriptions: Type.Record(Type.String(), qos),
  ...StoredReceived.properties,
  sent: Type.Array(Type.Object({ id: packetId, command: Type.String(), released: Type.Boolean() })),
});
type StoredRecord = Static<typeof StoredRecord>;
const checkRecord = checker(StoredRecord, "record");

export interface SessionRecord extends Omit<StoredRecord, "received" | "receivedBits"> {
  /** Identifiers of the device's QoS 2 publications that are stored but not released. */
  readonly received: readonly number[];
}

export interface StoredSession {
  readonly record: SessionRecord;
  readonly revision: number;
}

/**
 * The bucket needs about 200 bytes for each session, and up to 11 KB more if the device does not release its QoS 2
 * publications.
 */
const MAX_BYTES = 512 * 1024 * 1024;
/** Maximum number of concurrent writes, because a stopping node stores all its sessions. */
const AT_ONCE = 64;

/** Stores MQTT sessions for later connections to any node. @throws FleetError `log-unavailable` */
export class SessionStore {
  readonly #buckets: Buckets;
  readonly #log: Pick<EventLog, "last">;
  readonly #clock: () => number;
  #opening: Promise<Bucket> | undefined;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor({ buckets, log }: Pick<Backbone, "buckets" | "log">, clock: () => number) {
    this.#buckets = buckets;
    this.#log = log;
    this.#clock = clock;
  }

  async load(device: string): Promise<StoredSession | undefined> {
    const entry = await (await this.#bucket()).get(encodeToken(device));
    const checked = checkRecord(entry?.value);
    if (entry === undefined || !checked.ok) return undefined;
    const { received, receivedBits, ...rest } = checked.value;
    const record = { ...rest, received: unpacked({ received, ...(receivedBits !== undefined && { receivedBits }) }) };
    const { endedAt, expirySeconds } = record;
    const alive = endedAt === undefined || this.#clock() < endedAt + expirySeconds * 1_000;
    return alive ? { record, revision: entry.revision } : undefined;
  }

  /**
   * Deletes the record, unless a newer session has written it. Reads first, because most devices have no session and a read
   * is cheaper than a write.
   */
  async discard(device: string, mine: SessionReference): Promise<void> {
    const bucket = await this.#bucket();
    const key = encodeToken(device);
    for (;;) {
      const found = await bucket.get(key);
      if (found === undefined) return;
      const checked = checkRecord(found.value);
      if (checked.ok && (await this.#isOlder(device, mine, checked.value))) return;
      if (await bucket.delete(key, found.revision)) return;
    }
  }

  /**
   * Resolves with the new revision; undefined if a newer session has written or deleted the record.
   * @param revision the last revision that this session has loaded or written, if any
   */
  async save(device: string, record: SessionRecord, revision: number | undefined): Promise<number | undefined> {
    await this.#waitForTurn();
    try {
      const bucket = await this.#bucket();
      const key = encodeToken(device);
      const stored: StoredRecord = { ...record, ...packed(record.received) };
      const written =
        revision === undefined ? await bucket.create(key, stored) : await bucket.update(key, stored, revision);
      if (written !== undefined) return written;
      const found = await bucket.get(key);
      const checked = checkRecord(found?.value);
      if (found === undefined) return undefined;
      if (checked.ok && (await this.#isOlder(device, record, checked.value))) return undefined;
      return await bucket.update(key, stored, found.revision);
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  /**
   * Whether `mine` is older than `other`. If one of the two is the newest session in the log, it is the newer one.
   * Otherwise the epochs decide.
   */
  async #isOlder(device: string, mine: SessionReference, other: SessionReference): Promise<boolean> {
    if (isSameSession(mine, other)) return false;
    const last = await this.#log.last("session", device);
    const newest = last === undefined ? undefined : sessionOf(last as RecordedEvent<SessionEvent>);
    if (newest !== undefined && isSameSession(newest, mine)) return false;
    if (newest !== undefined && isSameSession(newest, other)) return true;
    return isOlderSession(mine, other);
  }

  async #waitForTurn(): Promise<void> {
    if (this.#running >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running++;
  }

  #bucket(): Promise<Bucket> {
    this.#opening ??= this.#buckets
      .open("mqtt-sessions", { maxBytes: MAX_BYTES, ttlMs: MAX_EXPIRY_SECONDS * 1_000 })
      .catch((error: unknown) => {
        this.#opening = undefined;
        throw error;
      });
    return this.#opening;
  }
}
