import { FleetError } from "@fleetlog/domain";
import { TokenBucket } from "@fleetlog/runtime";
import { type AnySession, type DeviceReports, type ReportReceiver, settle } from "../sessions/index.ts";

/** Rate limits of a waiting client, which sends little: its subscriptions, and answers to pings. */
const MESSAGES = { burst: 20, refillMs: 1_000 };
const BYTES = { burst: 16 * 1_024, refillMs: 1 };

/** The session of a client that waits. It is no device: it may only subscribe to events. */
export class WaitingSession implements AnySession {
  readonly device = "";
  readonly #onEnd: () => void;
  readonly #rate: TokenBucket;
  readonly #byteRate: TokenBucket;
  #ended = false;

  constructor(clock: () => number, onEnd: () => void) {
    this.#onEnd = onEnd;
    this.#rate = new TokenBucket(MESSAGES, clock);
    this.#byteRate = new TokenBucket(BYTES, clock);
  }

  get ended(): boolean {
    return this.#ended;
  }

  throttle(events: number, bytes: number): number {
    return Math.max(this.#rate.take(events), this.#byteRate.take(bytes));
  }

  async report(): Promise<number> {
    return 0;
  }

  reportTo(_: DeviceReports, receiver: ReportReceiver): void {
    settle(this.report(), receiver);
  }

  whenRepeatsDecided(): undefined {
    return undefined;
  }

  refused(): void {}

  subscriptionRefused(): void {}

  remarked(): void {}

  offerCommands(): void {}

  configurationSubscribed(): void {}

  renewCertificate(): Promise<never> {
    return Promise.reject(new FleetError("forbidden", "a waiting client has no certificate to renew"));
  }

  downloadOf(): Promise<never> {
    return Promise.reject(new FleetError("forbidden", "a waiting client can't download anything"));
  }

  connectionEnded(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
  }

  end(): void {
    this.connectionEnded();
  }
}
