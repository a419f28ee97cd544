import { setTimeout } from "node:timers/promises";
import { FleetError, type Person } from "@fleetlog/domain";
import { ApiKeys } from "@fleetlog/identity";
import { TokenBuckets } from "@fleetlog/runtime";
import type { Metadata } from "@grpc/grpc-js";
import { Refusal, refused } from "../refusals.ts";

/** A revoked key is detected after this time plus the 400 ms of the cache in `ApiKeys`. */
const CHECK_MS = 400;
/** Nothing more is sent if the last check is older than this. */
const FRESH_MS = 900;
const WRONG_KEYS = { burst: 20, refillMs: 3_000, keys: 10_000 } as const;

/** The access of one call. */
export interface Grant {
  /** The key's access now; may change while the call runs. */
  readonly person: Person;
  /** Resolves once the key was checked within the last second. @throws Refusal if it has ended */
  fresh(): Promise<void> | undefined;
  release(): void;
}

interface Known {
  readonly key: string;
  readonly grants: Set<(refusal: Refusal) => void>;
  person: Person;
  checkedAt: number;
  checking: Promise<void> | undefined;
}

/** The API keys of running calls. Each key is checked periodically while it has calls. */
export class Keys {
  readonly #apiKeys: Pick<ApiKeys, "verify">;
  readonly #known = new Map<string, Known>();
  readonly #onRefused: (key: string) => void;
  readonly #wrong: TokenBuckets;
  readonly #timer: NodeJS.Timeout;

  /** @param onRefused called with a refused key. Must not throw */
  constructor(apiKeys: Pick<ApiKeys, "verify">, onRefused: (key: string) => void = () => {}) {
    this.#apiKeys = apiKeys;
    this.#onRefused = onRefused;
    this.#wrong = new TokenBuckets(WRONG_KEYS, () => performance.now());
    this.#timer = setInterval(() => this.#checkAll(), CHECK_MS).unref();
  }

  /**
   * @param end is called if the key ends during the call
   * @throws Refusal without a valid key
   */
  async admit(metadata: Metadata, address: string, end: (refusal: Refusal) => void): Promise<Grant> {
    const key = keyIn(metadata);
    if (key === undefined) throw unauthenticated("an API key is needed as the password");
    const person = await this.#apiKeys.verify(key);
    if (person === undefined) {
      if (this.#wrong.tryTake(address) > 0) throw refused("busy", "too many wrong API keys came from this address");
      this.#onRefused(key);
      throw unauthenticated("this is not a valid API key");
    }
    const known = this.#know(key, person);
    known.grants.add(end);
    return {
      get person() {
        return known.person;
      },
      fresh: () => (performance.now() - known.checkedAt < FRESH_MS ? undefined : this.#checkUntilKnown(known)),
      release: () => {
        known.grants.delete(end);
        if (known.grants.size === 0 && this.#known.get(key) === known) this.#known.delete(key);
      },
    };
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #know(key: string, person: Person): Known {
    const known = this.#known.get(key) ?? { key, grants: new Set(), person, checkedAt: 0, checking: undefined };
    known.person = person;
    known.checkedAt = performance.now();
    this.#known.set(key, known);
    return known;
  }

  /**
   * Retries while the store of the keys can't be reached. Meanwhile the call could not read the log, either.
   */
  async #checkUntilKnown(known: Known): Promise<void> {
    while (known.grants.size > 0) {
      try {
        await this.#check(known);
        return;
      } catch (error) {
        if (error instanceof Refusal) throw error;
        await setTimeout(CHECK_MS);
      }
    }
  }

  #checkAll(): void {
    for (const known of this.#known.values()) this.#check(known).catch(() => undefined);
  }

  #check(known: Known): Promise<void> {
    known.checking ??= this.#checked(known).finally(() => {
      known.checking = undefined;
    });
    return known.checking;
  }

  async #checked(known: Known): Promise<void> {
    const before = performance.now();
    const person = await this.#apiKeys.verify(known.key);
    if (person !== undefined) {
      known.person = person;
      known.checkedAt = before;
      return;
    }
    const refusal = unauthenticated("the API key has ended");
    this.#known.delete(known.key);
    for (const end of known.grants) end(refusal);
    throw refusal;
  }
}

/** The password of Basic (RFC 7617), or the token of Bearer (RFC 6750). */
function keyIn(metadata: Metadata): string | undefined {
  const [header] = metadata.get("authorization");
  if (typeof header !== "string") return undefined;
  const [, scheme = "", value = ""] = /^(basic|bearer) +(\S+) *$/i.exec(header) ?? [];
  const key =
    scheme.toLowerCase() === "basic"
      ? Buffer.from(value, "base64")
          .toString("utf8")
          .replace(/^[^:]*:/, "")
      : value;
  return ApiKeys.isApiKey(key) ? key : undefined;
}

function unauthenticated(details: string): Refusal {
  return refused("unauthenticated", details);
}

/** @throws Refusal instead of a FleetError `forbidden` */
export function orRefused<T>(decide: () => T): T {
  try {
    return decide();
  } catch (error) {
    if (error instanceof FleetError && error.code === "forbidden") throw refused("access-denied", error.message);
    throw error;
  }
}
