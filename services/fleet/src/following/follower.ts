import type { Category, RecordedEvent } from "@fleetlog/domain";
import { type EventLog, KnownIds, type Logger, lastingDifference, type Subscription } from "@fleetlog/log";

const RESTART_MS = 500;
/** Number of the newest ids by which repeats are recognised. Repeats of older events are passed on. */
const KNOWN_IDS = 10_000;

export interface FollowerOptions {
  readonly log: EventLog;
  readonly logger: Logger;
  readonly category: Category;
  /** `new`: only events from now on; `all`: earlier events, too. */
  readonly from: "new" | "all";
  readonly onEvent: (event: RecordedEvent) => void;
  /** Called after the log was replaced by one that lacks events which were read. */
  readonly onReplaced?: () => void;
  /** Sequence of the newest event that this process has written. A log that ends before this sequence is another log. */
  readonly written?: () => number;
}

/** Follows the events of one category of FLEET, even after failures and a replacement of the log. */
export class Follower {
  readonly #options: FollowerOptions;
  #ids = new KnownIds(KNOWN_IDS);
  #subscription: Subscription | undefined;
  #next: number | "new";
  #seq = 0;
  #restart: NodeJS.Timeout | undefined;
  #checking: Promise<void> = Promise.resolve();
  #unsubscribeStatus: () => void = () => {};
  #stopped = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#next = this.#first;
  }

  get #first(): number | "new" {
    return this.#options.from === "all" ? 1 : "new";
  }

  /** The newest sequence that was read. */
  get seq(): number {
    return this.#seq;
  }

  /** Resolves when no later event can be missed. */
  async start(): Promise<void> {
    let wasAway = false;
    this.#unsubscribeStatus = this.#options.log.onStatus((status) => {
      if (status !== "away" && wasAway) this.#checkReplaced();
      wasAway = status === "away";
    });
    await this.#subscribe();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribeStatus();
    clearTimeout(this.#restart);
    await this.#checking;
    await this.#subscription?.stop();
  }

  #checkReplaced(): void {
    this.#checking = this.#checking
      .then(() => this.#startOverIfReplaced())
      .catch((err: unknown) => this.#options.logger.warn({ err }, "could not read the end of the log"));
  }

  async #startOverIfReplaced(): Promise<void> {
    const { log, logger, category, written, onReplaced } = this.#options;
    const seq = Math.max(this.seq, written?.() ?? 0);
    if (seq === 0) return;
    const lastSeq = await lastingDifference(log, "FLEET", async () => {
      const { lastSeq } = await log.state("FLEET");
      return lastSeq >= seq || this.#stopped ? undefined : lastSeq;
    });
    if (lastSeq === undefined || this.#stopped) return;
    logger.warn({ category, seq, lastSeq }, "the log was replaced; following the new log");
    clearTimeout(this.#restart);
    await this.#subscription?.stop();
    this.#next = this.#first;
    this.#seq = 0;
    this.#ids = new KnownIds(KNOWN_IDS);
    onReplaced?.();
    if (!this.#stopped) await this.#subscribe();
  }

  async #subscribe(): Promise<void> {
    const { log, logger, category } = this.#options;
    const subscription = log.subscribe({
      stream: "FLEET",
      category,
      from: this.#next,
      onBatch: ({ events, throughSeq }) => {
        for (const event of events) if (this.#ids.add(event.id)) this.#handle(event);
        this.#seq = throughSeq;
        this.#next = throughSeq + 1;
      },
    });
    this.#subscription = subscription;
    subscription.ended.catch((err: unknown) => {
      if (this.#stopped) return;
      logger.error({ err, category }, "a subscription to the log failed; subscribing again");
      this.#restart = setTimeout(() => void this.#subscribe(), RESTART_MS);
    });
    const began = await subscription.started;
    // The next subscription starts here if this one fails before its first event, so no event is missed.
    if (this.#next === "new" && began > 0 && this.#subscription === subscription) this.#next = began;
  }

  #handle(event: RecordedEvent): void {
    try {
      this.#options.onEvent(event);
    } catch (err) {
      // A rethrown error would redeliver the event for ever.
      this.#options.logger.error({ err, id: event.id }, "a listener of events failed");
    }
  }
}
