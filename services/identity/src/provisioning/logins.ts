import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { encodeToken, FleetError } from "@fleetlog/domain";
import { type Buckets, openOnUse } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";
import type { Sealer } from "../installation/sealer.ts";

/** The bucket needs about 600 bytes for each open request. */
export const PROVISIONING_BYTES = 256 * 1024 ** 2;
const PREFIX = "login.";
const PASSWORD = "provision-password";
const ACTIVATION_KEY = "provision-activation-key";
const KEY_CHARS = 32;
/** The characters of activation keys, without letters and digits that look alike. */
const ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

const Entry = Type.Object({
  request: Type.String(),
  /** Keyed hashes. */
  password: Type.String(),
  activationKey: Type.Optional(Type.String()),
  /** When the names were taken, milliseconds since 1970. */
  at: Type.Number(),
});
type Entry = Static<typeof Entry>;
const checkEntry = checker(Entry);

/** The last session of a request. The session's number is the entry's revision plus `added`. */
interface SessionEntry {
  readonly added?: number;
}

/** The names with which a provisioning device logs in. */
export interface ProvisionLogin {
  readonly clientId: string;
  readonly userName: string;
}

/** The device logs in with the password, and is accepted with the activation key. */
export interface ProvisionSecrets {
  readonly password: string;
  readonly activationKey?: string | undefined;
}

/** The log-ins of open provision requests, in the bucket `provisioning`. Secrets are stored as keyed hashes. */
export class ProvisionLogins {
  readonly #bucket: ReturnType<typeof openOnUse>;
  readonly #sealer: Pick<Sealer, "hash">;
  readonly #clock: () => number;

  constructor(buckets: Buckets, sealer: Pick<Sealer, "hash">, clock: () => number) {
    this.#clock = clock;
    this.#bucket = openOnUse(buckets, "provisioning", { maxBytes: PROVISIONING_BYTES });
    this.#sealer = sealer;
  }

  /** Takes the names for a request. Resolves with the id of the holder that `mayReplace` has refused to replace. */
  async add(
    login: ProvisionLogin,
    request: string,
    secrets: ProvisionSecrets,
    mayReplace: (holder: string, ageMs: number) => Promise<boolean>,
  ): Promise<string | undefined> {
    const bucket = await this.#bucket();
    const entry = this.#entry(request, secrets);
    for (;;) {
      if ((await bucket.create(keyOf(login), entry)) !== undefined) return undefined;
      const found = await bucket.get(keyOf(login));
      if (found === undefined) continue;
      const { request: holder = "", at = 0 } = found.value as Partial<Entry>;
      if (holder !== request && !(await mayReplace(holder, this.#clock() - at))) return holder;
      if ((await bucket.update(keyOf(login), entry, found.revision)) !== undefined) return undefined;
    }
  }

  /** The request that has these names, and for how long. */
  async holderOf(login: ProvisionLogin): Promise<{ readonly request: string; readonly ageMs: number } | undefined> {
    const found = await this.#read(login);
    return found && { request: found.entry.request, ageMs: this.#clock() - found.entry.at };
  }

  async verify(login: ProvisionLogin, password: string): Promise<string | undefined> {
    const found = await this.#read(login);
    const { request = "", password: hash = "" } = found?.entry ?? {};
    return this.#matches(hash, PASSWORD, request, password) ? request : undefined;
  }

  async isActivationKey(login: ProvisionLogin, request: string, key: string): Promise<boolean> {
    const found = await this.#read(login);
    if (found?.entry.request !== request) return false;
    return this.#matches(found.entry.activationKey ?? "", ACTIVATION_KEY, request, key);
  }

  /** Replaces the activation key; undefined if the request no longer has the names. */
  async renewActivationKey(
    login: ProvisionLogin,
    request: string,
    key = newActivationKey(),
  ): Promise<string | undefined> {
    for (;;) {
      const found = await this.#read(login);
      if (found?.entry.request !== request) return undefined;
      const renewed = { ...found.entry, activationKey: this.#hash(ACTIVATION_KEY, request, key) };
      if ((await (await this.#bucket()).update(keyOf(login), renewed, found.revision)) !== undefined) return key;
    }
  }

  /**
   * A number that is larger than those of all earlier sessions of the request, on any gateway.
   * @param known number of the session that has got the present credential; 0 without one. If the bucket was lost or restored
   * since, its revisions are lower, so this number is added to them from now on
   */
  async beginSession(request: string, known = 0): Promise<number> {
    const bucket = await this.#bucket();
    const last = await bucket.get(sessionKey(request));
    const { added: before = 0 } = (last?.value ?? {}) as SessionEntry;
    const added = known > before + (last?.revision ?? 0) ? known : before;
    const entry: SessionEntry = added === 0 ? {} : { added };
    return added + (await bucket.put(sessionKey(request), entry));
  }

  async release(login: ProvisionLogin, request: string): Promise<void> {
    const bucket = await this.#bucket();
    // A deletion takes as much space as an entry, so without an entry nothing is deleted.
    if ((await bucket.get(sessionKey(request))) !== undefined) await bucket.delete(sessionKey(request));
    const found = await bucket.get(keyOf(login));
    if (found === undefined || (found.value as Partial<Entry> | null)?.request !== request) return;
    // The revision is given, because another request may take the names at this moment.
    await bucket.delete(keyOf(login), found.revision);
  }

  async requests(): Promise<string[]> {
    const entries = await (await this.#bucket()).entries(PREFIX);
    return entries.map(({ value }) => (value as Partial<Entry>).request ?? "");
  }

  #entry(request: string, { password, activationKey }: ProvisionSecrets): Entry {
    return {
      request,
      password: this.#hash(PASSWORD, request, password),
      at: this.#clock(),
      ...(activationKey !== undefined && { activationKey: this.#hash(ACTIVATION_KEY, request, activationKey) }),
    };
  }

  async #read(login: ProvisionLogin): Promise<{ readonly entry: Entry; readonly revision: number } | undefined> {
    const found = await (await this.#bucket()).get(keyOf(login));
    const checked = checkEntry(found?.value);
    return found !== undefined && checked.ok ? { entry: checked.value, revision: found.revision } : undefined;
  }

  #hash(purpose: string, request: string, secret: string): string {
    return this.#sealer.hash(purpose, JSON.stringify([request, secret]));
  }

  #matches(hash: string, purpose: string, request: string, given: string): boolean {
    const [left, right] = [Buffer.from(hash), Buffer.from(this.#hash(purpose, request, given))];
    return left.length === right.length && timingSafeEqual(left, right);
  }
}

export function newProvisionPassword(): string {
  return randomBytes(18).toString("base64url");
}

/**
 * About 186 bits.
 * @param random bytes for a round; equal bytes make an equal key
 */
export function newActivationKey(random: (round: number) => Buffer = () => randomBytes(KEY_CHARS)): string {
  let key = "";
  for (let round = 0; key.length < KEY_CHARS; round++) {
    for (const byte of random(round)) {
      // Larger bytes would make some characters more likely.
      if (byte < 256 - (256 % ALPHABET.length) && key.length < KEY_CHARS) key += ALPHABET[byte % ALPHABET.length];
    }
  }
  return key;
}

function sessionKey(request: string): string {
  return `session.${encodeToken(request)}`;
}

function keyOf({ clientId, userName }: ProvisionLogin): string {
  if (!clientId.isWellFormed() || !userName.isWellFormed()) {
    throw new FleetError("invalid-request", "names must be Unicode text", { field: "clientId" });
  }
  return `${PREFIX}${createHash("sha256")
    .update(JSON.stringify([clientId, userName]))
    .digest("hex")}`;
}
