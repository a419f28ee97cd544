import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { FleetError } from "@fleetlog/domain";
import { type Buckets, openOnUse } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";
import type { Sealer } from "../installation/sealer.ts";
import { PROVISIONING_BYTES } from "./logins.ts";

const PURPOSE = "enrolment-secret";
/** `<group id>.<43 characters of base64url>`: a secret, or a key derived from it. */
const PASSWORD = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([A-Za-z0-9_-]{43})$/;

const Entry = Type.Object({
  /** Sealed and not hashed, because devices' keys are derived from it. */
  secret: Type.String(),
  previous: Type.Optional(Type.Object({ secret: Type.String(), until: Type.Number() })),
});
type Entry = Static<typeof Entry>;
const checkEntry = checker(Entry);

/** The sealed secrets of enrolment groups, in the bucket `provisioning`. */
export class EnrolmentSecrets {
  readonly #bucket: ReturnType<typeof openOnUse>;
  readonly #sealer: Pick<Sealer, "seal" | "open">;
  readonly #clock: () => number;

  constructor(buckets: Buckets, sealer: Pick<Sealer, "seal" | "open">, clock: () => number) {
    this.#bucket = openOnUse(buckets, "provisioning", { maxBytes: PROVISIONING_BYTES });
    this.#sealer = sealer;
    this.#clock = clock;
  }

  /** The group that a password names; undefined for any other password. */
  static groupOf(password: string): string | undefined {
    return PASSWORD.exec(password)?.[1];
  }

  /** Whether the store has an entry of the group that can be read. */
  async isStored(group: string): Promise<boolean> {
    return entryIn((await (await this.#bucket()).get(keyOf(group)))?.value) !== undefined;
  }

  /** A repeated call changes nothing. @param random 32 bytes: equal ones make an equal secret */
  async create(group: string, random?: Buffer): Promise<string> {
    const secret = enrolmentSecretOf(group, random);
    await (await this.#bucket()).create(keyOf(group), { secret: this.#seal(group, secret) });
    return secret;
  }

  /**
   * Replaces the secret, also a lost one. A repeated call with the same bytes changes nothing.
   * @param until end of the earlier secret, milliseconds since 1970; default: at once
   * @param random 32 bytes: equal ones make an equal secret
   */
  async rotate(group: string, until?: number, random?: Buffer): Promise<string> {
    const secret = enrolmentSecretOf(group, random);
    for (;;) {
      const bucket = await this.#bucket();
      const key = keyOf(group);
      const found = await bucket.get(key);
      const entry = entryIn(found?.value);
      if (entry !== undefined && same(this.#open(group, entry.secret), secret)) return secret;
      const previous = until === undefined || entry === undefined ? {} : { previous: { secret: entry.secret, until } };
      const next: Entry = { secret: this.#seal(group, secret), ...previous };
      const written =
        found === undefined ? await bucket.create(key, next) : await bucket.update(key, next, found.revision);
      if (written !== undefined) return secret;
    }
  }

  /** The group, if the password is its secret or its derived key for this device. */
  async verify(
    password: string,
    device: string,
  ): Promise<{ readonly group: string; readonly proof: "secret" | "derived" } | undefined> {
    const group = PASSWORD.exec(password)?.[1];
    if (group === undefined) return undefined;
    const entry = entryIn((await (await this.#bucket()).get(keyOf(group)))?.value);
    if (entry === undefined) return undefined;
    const { secret, previous } = entry;
    const valid = [secret, ...(previous !== undefined && this.#clock() < previous.until ? [previous.secret] : [])];
    for (const sealed of valid) {
      const opened = this.#open(group, sealed);
      if (same(password, opened)) return { group, proof: "secret" };
      if (same(password, derivedEnrolmentKey(opened, device))) return { group, proof: "derived" };
    }
    return undefined;
  }

  #seal(group: string, secret: string): string {
    return this.#sealer.seal({ purpose: PURPOSE, record: group }, secret);
  }

  #open(group: string, sealed: string): string {
    return this.#sealer.open({ purpose: PURPOSE, record: group }, sealed);
  }
}

/** The key of one device: `<group>.` and base64url of the device id's HMAC-SHA-256, keyed with the group's secret. */
export function derivedEnrolmentKey(secret: string, device: string): string {
  const group = PASSWORD.exec(secret)?.[1];
  if (group === undefined) throw new FleetError("invalid-request", "this is no secret of an enrolment group");
  return `${group}.${createHmac("sha256", secret).update(device).digest("base64url")}`;
}

/** A secret of the group. @param random 32 bytes */
export function enrolmentSecretOf(group: string, random: Buffer = randomBytes(32)): string {
  return `${group}.${random.toString("base64url")}`;
}

function keyOf(group: string): string {
  return `enrolment.${group}`;
}

function entryIn(value: unknown): Entry | undefined {
  const checked = checkEntry(value);
  return checked.ok ? checked.value : undefined;
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
