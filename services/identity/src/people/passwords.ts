import { availableParallelism } from "node:os";
import { FleetError } from "@fleetlog/domain";
import { hash, verify } from "@node-rs/argon2";
import { FairQueue } from "./fair-queue.ts";

/** OWASP's smallest recommendation for argon2id, the library's default algorithm. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Hashes run in Node's thread pool: at least half of the cores stay free for devices. */
const PARALLEL = Math.max(1, Math.min(2, Math.floor(availableParallelism() / 2)));
const WAITING = 256;

export const PASSWORD_LENGTH = { min: 8, max: 256 } as const;

/** Hashes and checks passwords with argon2id, a few at a time. */
export class Passwords {
  readonly #queue = new FairQueue({ parallel: PARALLEL, waiting: WAITING });
  #nobodys: Promise<string> | undefined;

  /** @throws FleetError `invalid-request` if it is too short or too long, `rate-limited` if too many are hashed */
  hash(key: string, password: string): Promise<string> {
    const text = checkPassword(password);
    return this.#queue.run(key, () => hash(text, COST));
  }

  /**
   * Whether it is the password. Without a hash, which means that there is no such person, it does the same work.
   * @param key whose turn it is: a hash of the email address
   * @throws FleetError `rate-limited` if too many are checked
   */
  async verify(key: string, hashed: string | undefined, password: string): Promise<boolean> {
    this.#nobodys ??= hash("nobody's password", COST);
    const against = hashed ?? (await this.#nobodys);
    const same = await this.#queue.run(key, () => verify(against, password.normalize("NFC")));
    return same && hashed !== undefined;
  }
}

/** The password in Unicode's normal form. @throws FleetError `invalid-request` if it is too short or too long */
export function checkPassword(password: string, field = "password"): string {
  const text = password.normalize("NFC");
  const { length } = [...text];
  const { min, max } = PASSWORD_LENGTH;
  if (length >= min && length <= max) return text;
  throw new FleetError("invalid-request", `a password has ${min} to ${max} characters`, { field });
}
