import type { Clock } from "../clock.ts";
import type { Logger } from "../logger.ts";
import { type Link, Refusal } from "../transport/transport.ts";
import type { Identity } from "./identity.ts";

export interface RenewalOptions {
  readonly identity: Identity;
  readonly device: string;
  /** Default: a third of the lifetime. */
  readonly renewBeforeMs?: number | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly onRenewed: () => void;
}

/** A day. A timer of Node lasts 24.8 days at most, so a longer wait is made of several timers. */
const LONGEST_TIMER_MS = 86_400_000;
const SHORTEST_WAIT_MS = 60_000;

/**
 * Renews the certificate over the connection, at a random time in the last third of its lifetime, so that devices of
 * one batch do not renew together.
 */
export class Renewal {
  readonly #options: RenewalOptions;
  #link: Link | undefined;
  #cancel: (() => void) | undefined;
  #due: number;
  #running = false;

  constructor(options: RenewalOptions) {
    this.#options = options;
    this.#due = this.#firstDue();
  }

  attach(link: Link): void {
    this.#link = link;
    this.#plan();
  }

  detach(): void {
    this.#link = undefined;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  get #before(): number {
    const { identity, renewBeforeMs } = this.#options;
    const { from, until } = identity.validity;
    return Math.min(renewBeforeMs ?? (until - from) / 3, until - from);
  }

  #firstDue(): number {
    const { identity, random } = this.#options;
    return identity.validity.until - this.#before * (1 - random() / 4);
  }

  /** Limits renewals if the clock is so wrong that every certificate seems to expire soon. */
  #pause(): number {
    const { random } = this.#options;
    return Math.max(SHORTEST_WAIT_MS, this.#before / 20) * (1 + random());
  }

  #plan(): void {
    const { clock } = this.#options;
    this.#cancel?.();
    const wait = Math.min(Math.max(0, this.#due - clock.now()), LONGEST_TIMER_MS);
    this.#cancel = clock.after(wait, () => {
      if (clock.now() < this.#due) this.#plan();
      else void this.#try();
    });
  }

  async #try(): Promise<void> {
    const { clock, identity, device, logger, onRenewed } = this.#options;
    const link = this.#link;
    if (link?.renew === undefined || this.#running) return;
    this.#running = true;
    this.#due = clock.now() + this.#pause();
    try {
      const { certificate, ca } = await link.renew(identity.request(device));
      if (identity.accept(certificate, ca)) {
        this.#due = Math.max(this.#due, this.#firstDue());
        logger.info({ until: new Date(identity.validity.until).toISOString() }, "the certificate was renewed");
        onRenewed();
      } else logger.warn({}, "an answer to a renewal has a certificate for another key");
    } catch (err) {
      if (err instanceof Refusal) logger.error({ code: err.code, reason: err.message }, "the renewal was refused");
      else logger.warn({ err }, "the certificate could not be renewed; trying again");
    } finally {
      this.#running = false;
    }
    if (this.#link !== undefined) this.#plan();
  }
}
