import { encodeToken } from "@fleetlog/domain";
import type { Bucket, Buckets } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";
import { MAX_EXPIRY_SECONDS } from "./client.ts";

const qos = Type.Union([Type.Literal(0), Type.Literal(1), Type.Literal(2)]);
const packetId = Type.Integer({ minimum: 1, maximum: 0xffff });

/** The part of an MQTT session that outlives its connection. Commands are not in it: they are in the log. */
const SessionRecord = Type.Object({
  /** The fleet session that wrote it: a newer one's record is not overwritten by an older one. */
  epoch: Type.Integer(),
  expirySeconds: Type.Integer({ minimum: 0 }),
  /** When its connection ended, milliseconds; missing while there is one. */
  endedAt: Type.Optional(Type.Number()),
  subscriptions: Type.Record(Type.String(), qos),
  /** QoS 2 publications of the device that are stored and not released. */
  received: Type.Array(packetId),
  /** Commands under way to the device. */
  sent: Type.Array(Type.Object({ id: packetId, command: Type.String(), released: Type.Boolean() })),
});
export type SessionRecord = Static<typeof SessionRecord>;
const checkRecord = checker(SessionRecord, "record");

export interface StoredSession {
  readonly record: SessionRecord;
  readonly revision: number;
}

/** About 200 bytes a device that asks for a session which outlives its connection. */
const MAX_BYTES = 512 * 1024 * 1024;
/** Writes under way at once: a node that stops ends all its sessions together. */
const AT_ONCE = 64;

/**
 * Sessions that outlive their connections, so that they survive a gateway's restart and a device's move to another.
 * Every call rejects with FleetError `log-unavailable` while the store can't be reached.
 */
export class SessionStore {
  readonly #buckets: Buckets;
  readonly #clock: () => number;
  #opening: Promise<Bucket> | undefined;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(buckets: Buckets, clock: () => number) {
    this.#buckets = buckets;
    this.#clock = clock;
  }

  /** The session that a device may carry on; undefined if there is none or it has expired. */
  async load(device: string): Promise<StoredSession | undefined> {
    const entry = await (await this.#bucket()).get(encodeToken(device));
    const checked = checkRecord(entry?.value);
    if (entry === undefined || !checked.ok) return undefined;
    const record = checked.value;
    const { endedAt, expirySeconds } = record;
    const alive = endedAt === undefined || this.#clock() < endedAt + expirySeconds * 1_000;
    return alive ? { record, revision: entry.revision } : undefined;
  }

  /** Deletes a device's session. Reads first: most have none, and a read costs the log nothing. */
  async discard(device: string): Promise<void> {
    const bucket = await this.#bucket();
    const key = encodeToken(device);
    if ((await bucket.get(key)) !== undefined) await bucket.delete(key);
  }

  /**
   * Writes unless a newer session has written; resolves with the revision, or undefined if so.
   * @param revision of what this session loaded or wrote before
   */
  async save(device: string, record: SessionRecord, revision: number | undefined): Promise<number | undefined> {
    await this.#waitForTurn();
    try {
      const bucket = await this.#bucket();
      const key = encodeToken(device);
      const written =
        revision === undefined ? await bucket.create(key, record) : await bucket.update(key, record, revision);
      if (written !== undefined) return written;
      const found = await bucket.get(key);
      const checked = checkRecord(found?.value);
      // Deleted: a newer connection has begun a new session.
      if (found === undefined) return undefined;
      if (checked.ok && checked.value.epoch > record.epoch) return undefined;
      return await bucket.update(key, record, found.revision);
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  async #waitForTurn(): Promise<void> {
    if (this.#running >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running++;
  }

  /** Opened at its first use, and again after a failure. */
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
