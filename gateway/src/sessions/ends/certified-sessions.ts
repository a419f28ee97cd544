import type { DeviceSession } from "../device-session.ts";
import { type Held, type Revalidation, revalidateEach } from "./revalidation.ts";

/** Who has issued a certificate. */
export type IssuedBy = "installation" | "customer";

/** Re-validates the sessions that certificates of the installation's or of customers' authorities have opened. */
export class CertifiedSessions {
  readonly #held: ReadonlyMap<string, Held>;
  readonly #revalidation: Revalidation;
  readonly #retried = new WeakSet<DeviceSession>();
  readonly #wanted = new Set<IssuedBy>();
  #run: Promise<void> | undefined;

  constructor(held: ReadonlyMap<string, Held>, revalidation: Revalidation) {
    this.#held = held;
    this.#revalidation = revalidation;
  }

  revalidate(by: IssuedBy): void {
    this.#wanted.add(by);
    this.#run ??= this.#runAll();
  }

  /** Only one run at a time. All calls of `revalidate` during a run cause one more run. */
  async #runAll(): Promise<void> {
    while (this.#wanted.size > 0 && !this.#revalidation.stopping) {
      const wanted = new Set(this.#wanted);
      this.#wanted.clear();
      const certified = [...this.#held.values()].filter(({ session }) => {
        const by = issuedBy(session);
        return by !== undefined && wanted.has(by);
      });
      await revalidateEach(certified, ({ session }) => this.#revalidateOnce(session));
    }
    this.#run = undefined;
  }

  /** If the check of a session fails, it is repeated separately, so that other sessions do not wait for it. */
  async #revalidateOnce(session: DeviceSession): Promise<void> {
    if (session.ended || this.#revalidation.stopping) return;
    try {
      await this.#revalidation.checkCredential(session);
    } catch {
      if (this.#retried.has(session)) return;
      this.#retried.add(session);
      void this.#revalidation.revalidate(session, false).then(() => this.#retried.delete(session));
    }
  }
}

/** Undefined if no certificate of these authorities has opened the session. */
export function issuedBy({ proof }: Pick<DeviceSession, "proof">): IssuedBy | undefined {
  if (proof.by !== "certificate") return undefined;
  if (proof.authority !== undefined) return "customer";
  return proof.own === true ? "installation" : undefined;
}
