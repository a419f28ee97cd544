import type { DeviceSession } from "./device-session.ts";
import { type Held, type Revalidation, revalidateEach } from "./revalidation.ts";

/** Re-validates the sessions that certificates of customers' authorities have opened. */
export class CertifiedSessions {
  readonly #held: ReadonlyMap<string, Held>;
  readonly #revalidation: Revalidation;
  readonly #retried = new WeakSet<DeviceSession>();
  #wanted = false;
  #run: Promise<void> | undefined;

  constructor(held: ReadonlyMap<string, Held>, revalidation: Revalidation) {
    this.#held = held;
    this.#revalidation = revalidation;
  }

  revalidate(): void {
    this.#wanted = true;
    this.#run ??= this.#runAll();
  }

  /** Only one run at a time. All calls of `revalidate` during a run cause one more run. */
  async #runAll(): Promise<void> {
    while (this.#wanted && !this.#revalidation.stopping) {
      this.#wanted = false;
      const certified = [...this.#held.values()].filter(({ session }) => isCertified(session)).values();
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

/** Whether a certificate of a customer's authority has opened the session. */
export function isCertified({ proof }: DeviceSession): boolean {
  return proof.by === "certificate" && proof.authority !== undefined;
}
