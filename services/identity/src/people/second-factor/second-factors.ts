import { randomUUID } from "node:crypto";
import { encodeToken, FleetError } from "@fleetlog/domain";
import { type Bucket, type Buckets, type Entry, openOnUse } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import { TokenBuckets } from "@fleetlog/runtime";
import Type, { type Static } from "typebox";
import type { Sealer } from "../../installation/sealer.ts";
import { newOneTimeCode } from "../one-time-code.ts";
import { newTotpSecret, totpStep, totpUri } from "./totp.ts";

const MAX_BYTES = 64 * 1024 ** 2;
const UPDATE_ATTEMPTS = 8;
const RECOVERY_CODES = 10;
/** An enrolment ends after this time without a confirmation. */
const PENDING_MS = 15 * 60_000;
/** Limit of wrong codes for a person from one network. At any time, three of a million codes are right. */
const FROM_ONE_NETWORK = { burst: 10, refillMs: 300_000, keys: 10_000 };
/** Limit of wrong codes for a person from all networks and nodes. */
const FROM_ANYWHERE = { burst: 100, refillMs: 60_000 };

const Stored = Type.Object({
  status: Type.Enum(["pending", "on"]),
  /** Sealed; absent if passkeys are the second factor. */
  secret: Type.Optional(Type.String()),
  /** Identifies the call that is about to make passkeys the second factor. */
  prepared: Type.Optional(Type.String()),
  since: Type.Integer(),
  /** The newest time step whose code was used. */
  step: Type.Integer(),
  /** Keyed hashes of unused recovery codes. */
  recovery: Type.Array(Type.String()),
  /** How many wrong codes were still allowed at the time `at`. */
  allowed: Type.Number(),
  at: Type.Integer(),
});
type Stored = Static<typeof Stored>;
const checkStored = checker(Stored);

export interface SecondFactorStatus {
  readonly on: boolean;
  readonly recoveryCodes: number;
  /** The person has no authenticator app. */
  readonly passkeysOnly?: true;
}

export interface RecoveryCode {
  /** Identifies the code without revealing it. */
  readonly id: string;
  /** Number of recovery codes that are unused after the use of this one. */
  readonly left: number;
}

export type UsedCode = { readonly kind: "totp" } | { readonly kind: "recovery-code"; readonly left: number };

/** The second factor of people: TOTP codes and recovery codes, each valid once. */
export class SecondFactors {
  readonly #bucket: () => Promise<Bucket>;
  readonly #sealer: Sealer;
  readonly #clock: () => number;
  readonly #networks: TokenBuckets;

  constructor(buckets: Buckets, sealer: Sealer, clock: () => number = Date.now) {
    this.#bucket = openOnUse(buckets, "second-factors", { maxBytes: MAX_BYTES });
    this.#sealer = sealer;
    this.#clock = clock;
    this.#networks = new TokenBuckets(FROM_ONE_NETWORK, clock);
  }

  async status(person: string): Promise<SecondFactorStatus> {
    const stored = (await this.#read(person))?.stored;
    const on = stored?.status === "on";
    const withoutApp = on && stored.secret === undefined;
    return { on, recoveryCodes: on ? stored.recovery.length : 0, ...(withoutApp && { passkeysOnly: true }) };
  }

  /** Whether the store has an entry that can be read. The second factor of its person may be off. */
  async isStored(person: string): Promise<boolean> {
    return (await this.#read(person)) !== undefined;
  }

  /** Begins an enrolment anew. @throws FleetError `conflict` if the second factor is on */
  async enrol(person: string, label: string): Promise<{ readonly secret: string; readonly uri: string }> {
    const secret = newTotpSecret();
    const now = this.#clock();
    const pending: Stored = {
      status: "pending",
      secret: this.#sealer.seal(place(person), secret),
      since: now,
      step: 0,
      recovery: [],
      allowed: FROM_ANYWHERE.burst,
      at: now,
    };
    await this.#write(person, (before) => {
      if (before?.status === "on") throw alreadyOn();
      return pending;
    });
    return { secret, uri: totpUri(secret, label) };
  }

  async isPending(person: string, code: string): Promise<boolean> {
    return this.#pendingStep(person, (await this.#read(person))?.stored, code) !== undefined;
  }

  /** Turns the second factor on. Resolves with recovery codes; undefined for a wrong code. */
  async confirm(person: string, code: string): Promise<readonly string[] | undefined> {
    const codes = newRecoveryCodes();
    const recovery = codes.map((each) => this.#hash(person, each));
    const after = await this.#write(person, (before) => {
      const step = this.#pendingStep(person, before, code);
      return before && step !== undefined ? { ...before, status: "on", step, recovery } : undefined;
    });
    return after && codes;
  }

  /**
   * First step for somebody whose passkeys become the second factor; {@link turnOnPrepared} is the last one. Undefined if the
   * second factor is on already.
   */
  async prepareWithoutApp(
    person: string,
  ): Promise<{ readonly id: string; readonly recoveryCodes: readonly string[] } | undefined> {
    const recoveryCodes = newRecoveryCodes();
    const recovery = recoveryCodes.map((each) => this.#hash(person, each));
    const since = this.#clock();
    const id = randomUUID();
    const after = await this.#write(person, (before) =>
      before?.status === "on"
        ? undefined
        : { status: "pending", prepared: id, since, step: 0, recovery, allowed: FROM_ANYWHERE.burst, at: since },
    );
    return after && { id, recoveryCodes };
  }

  /** False if {@link needsPasskey} was called meanwhile. */
  async turnOnPrepared(person: string, id: string): Promise<boolean> {
    const after = await this.#write(person, (before) => {
      if (before?.status !== "pending" || before.prepared !== id) return undefined;
      const { prepared: _, ...others } = before;
      return { ...others, status: "on" };
    });
    return after !== undefined;
  }

  /** Whether passkeys are the second factor. If not, {@link turnOnPrepared} fails for earlier preparations. */
  async needsPasskey(person: string): Promise<boolean> {
    let needed = false;
    await this.#write(person, (before) => {
      needed = before?.status === "on" && before.secret === undefined;
      if (before?.prepared === undefined) return undefined;
      const { prepared: _, ...others } = before;
      return others;
    });
    return needed;
  }

  async renewRecoveryCodes(person: string): Promise<readonly string[] | undefined> {
    const codes = newRecoveryCodes();
    const recovery = codes.map((each) => this.#hash(person, each));
    const after = await this.#write(person, (before) =>
      before?.status === "on" ? { ...before, recovery } : undefined,
    );
    return after && codes;
  }

  /** An unused recovery code, which stays unused: see {@link use}. */
  async recoveryCode(person: string, code: string): Promise<RecoveryCode | undefined> {
    const stored = (await this.#read(person))?.stored;
    const hash = this.#hash(person, textOf(code));
    if (stored?.status !== "on" || !stored.recovery.includes(hash)) return undefined;
    return { id: `recovery-code/${hash}`, left: stored.recovery.length - 1 };
  }

  /**
   * Uses a code, once; undefined for a wrong code. Recovery codes are accepted after any number of wrong codes.
   * @param network of the client
   * @throws FleetError `rate-limited` if too many wrong codes were sent
   */
  async use(person: string, code: string, network: string): Promise<UsedCode | undefined> {
    const text = textOf(code);
    const key = `${person} ${network}`;
    const wait = this.#networks.untilAvailable(key);
    let used: UsedCode | undefined;
    const after = await this.#write(person, (before) => {
      used = undefined;
      if (before?.status !== "on") return undefined;
      const hash = this.#hash(person, text);
      const recovery = before.recovery.filter((each) => each !== hash);
      if (recovery.length < before.recovery.length) {
        used = { kind: "recovery-code", left: recovery.length };
        return { ...before, recovery };
      }
      const now = this.#clock();
      const refilled = before.allowed + Math.max(0, now - before.at) / FROM_ANYWHERE.refillMs;
      const allowed = Math.min(FROM_ANYWHERE.burst, refilled);
      if (wait > 0) throw tooMany(wait);
      if (allowed < 1) throw tooMany((1 - allowed) * FROM_ANYWHERE.refillMs);
      const step = this.#stepOf(person, before, text);
      if (step === undefined || step <= before.step) return { ...before, allowed: allowed - 1, at: now };
      used = { kind: "totp" };
      return { ...before, step };
    });
    if (after !== undefined && used === undefined) this.#networks.take(key);
    return used;
  }

  /** A repeated call changes nothing. */
  async off(person: string): Promise<void> {
    await (await this.#bucket()).delete(keyOf(person));
  }

  #pendingStep(person: string, stored: Stored | undefined, code: string): number | undefined {
    const now = this.#clock();
    if (stored?.status !== "pending" || stored.since + PENDING_MS <= now) return undefined;
    return this.#stepOf(person, stored, code.replace(/\s/g, ""));
  }

  #stepOf(person: string, { secret }: Stored, code: string): number | undefined {
    if (secret === undefined) return undefined;
    return totpStep(this.#sealer.open(place(person), secret), code, this.#clock());
  }

  #hash(person: string, code: string): string {
    return this.#sealer.hash("recovery-code", `${person} ${code}`);
  }

  async #read(person: string): Promise<{ readonly entry: Entry; readonly stored: Stored } | undefined> {
    const entry = await (await this.#bucket()).get(keyOf(person));
    const checked = checkStored(entry?.value);
    return entry !== undefined && checked.ok ? { entry, stored: checked.value } : undefined;
  }

  async #write(
    person: string,
    change: (before: Stored | undefined) => Stored | undefined,
  ): Promise<Stored | undefined> {
    const bucket = await this.#bucket();
    for (let attempt = 0; attempt < UPDATE_ATTEMPTS; attempt++) {
      const found = await this.#read(person);
      const after = change(found?.stored);
      if (after === undefined) return undefined;
      const key = keyOf(person);
      const written = found === undefined ? bucket.create(key, after) : bucket.update(key, after, found.entry.revision);
      if ((await written) !== undefined) return after;
    }
    throw new FleetError("conflict", "the second factor is being used elsewhere", { advice: "Try again." });
  }
}

function textOf(code: string): string {
  return code.replace(/[\s-]/g, "").toUpperCase();
}

function newRecoveryCodes(): readonly string[] {
  return Array.from({ length: RECOVERY_CODES }, () => newOneTimeCode());
}

function alreadyOn(): FleetError {
  return new FleetError("conflict", "the second factor is on already", { advice: "Turn it off first." });
}

function tooMany(retryAfterMs: number): FleetError {
  return new FleetError("rate-limited", "too many wrong codes were sent", {
    field: "otp",
    advice: "Wait, or use a recovery code.",
    retryAfterMs,
  });
}

function place(person: string) {
  return { purpose: "totp", record: person };
}

function keyOf(person: string): string {
  return `person.${encodeToken(person)}`;
}
