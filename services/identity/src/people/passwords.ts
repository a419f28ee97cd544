import { availableParallelism } from "node:os";
import { FleetError } from "@fleetlog/domain";
import { hash, verify } from "@node-rs/argon2";
import { FairQueue, type Turn } from "./fair-queue.ts";

/** OWASP's smallest recommendation for argon2id, the library's default algorithm. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/**
 * Number of passwords that Node's thread pool hashes at the same time. With more than one core, at least half of the
 * cores stay free for devices.
 */
const PARALLEL = Math.max(1, Math.min(2, Math.floor(availableParallelism() / 2)));
const WAITING = 256;

export const PASSWORD_LENGTH = { min: 8, max: 256 } as const;

export class Passwords {
  readonly #queue = new FairQueue({ parallel: PARALLEL, waiting: WAITING });
  #nobodys: Promise<string> | undefined;

  /** @throws FleetError `invalid-request` for a wrong length, `rate-limited` if too many passwords wait */
  hash(turn: Turn, password: string): Promise<string> {
    const text = checkPassword(password);
    return this.#queue.run(turn, () => hash(text, COST));
  }

  /**
   * Whether the password is right. Does the same work for an unknown person (no hash).
   * @param turn its key is a hash of the email address
   * @throws FleetError `rate-limited` if too many passwords wait
   */
  async verify(turn: Turn, hashed: string | undefined, password: string): Promise<boolean> {
    this.#nobodys ??= hash("nobody's password", COST);
    const against = hashed ?? (await this.#nobodys);
    const same = await this.#queue.run(turn, () => verify(against, password.normalize("NFC")));
    return same && hashed !== undefined;
  }
}

/** Unicode's normal form NFC. @throws FleetError `invalid-request` for a wrong length */
export function checkPassword(password: string, field = "password"): string {
  const text = password.normalize("NFC");
  const { length } = [...text];
  const { min, max } = PASSWORD_LENGTH;
  if (length >= min && length <= max) return text;
  throw new FleetError("invalid-request", `a password has ${min} to ${max} characters`, { field });
}
