import {
  type Command,
  type CommandEvent,
  commandEvents,
  command as decider,
  hasEnded,
  isEventOf,
  type RecordedEvent,
} from "@fleetlog/domain";
import { type EventLog, KnownIds, type Logger, lastingDifference, type Subscription } from "@fleetlog/log";

export interface CommandWait {
  /** Resolves with the command when it has ended, or with its state when the time is up. */
  readonly ended: Promise<Command | undefined>;
  /** Sets the command's state, and then applies the events that have arrived already. */
  startFrom(state: Command): void;
  stop(): void;
}

interface Waiter {
  state: Command | undefined;
  readonly early: RecordedEvent<CommandEvent>[];
  readonly settle: (state: Command | undefined) => void;
}

const RESTART_MS = 500;
/** Number of the newest ids by which repeats are recognised. Repeats of older events are passed on. */
const KNOWN_IDS = 10_000;

/** Follows all command events of the log, for sessions and for callers that wait for a command's end. */
export class CommandTail {
  readonly #log: EventLog;
  readonly #logger: Logger;
  readonly #onEvent: (event: RecordedEvent<CommandEvent>) => void;
  readonly #waiters = new Map<string, Set<Waiter>>();
  #ids = new KnownIds(KNOWN_IDS);
  #subscription: Subscription | undefined;
  #next: number | "new" = "new";
  #written = 0;
  #checking: Promise<void> = Promise.resolve();
  #unsubscribeStatus: () => void = () => {};
  #stopped = false;

  constructor(log: EventLog, logger: Logger, onEvent: (event: RecordedEvent<CommandEvent>) => void) {
    this.#log = log;
    this.#logger = logger;
    this.#onEvent = onEvent;
  }

  /** The newest sequence that was read or given to {@link noteWritten}. */
  get seq(): number {
    return Math.max(this.#read, this.#written);
  }

  /** To be called after an append of a command event, so that callers read their own writes. */
  noteWritten(seq: number): void {
    this.#written = Math.max(this.#written, seq);
  }

  get #read(): number {
    return this.#next === "new" ? 0 : this.#next - 1;
  }

  async start(): Promise<void> {
    let wasAway = false;
    this.#unsubscribeStatus = this.#log.onStatus((status) => {
      if (status !== "away" && wasAway) this.#checkReplaced();
      wasAway = status === "away";
    });
    await this.#subscribe();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribeStatus();
    await this.#checking;
    await this.#subscription?.stop();
    for (const waiters of this.#waiters.values()) for (const waiter of waiters) waiter.settle(waiter.state);
  }

  /** To be called before the command is issued or looked up, so that no event is missed. */
  wait(id: string, milliseconds: number): CommandWait {
    const { promise, resolve } = Promise.withResolvers<Command | undefined>();
    const waiter: Waiter = {
      state: undefined,
      early: [],
      settle: (state) => {
        clearTimeout(timer);
        this.#removeWaiter(id, waiter);
        resolve(state);
      },
    };
    const timer = setTimeout(() => waiter.settle(waiter.state), milliseconds);
    const waiters = this.#waiters.get(id) ?? new Set();
    this.#waiters.set(id, waiters.add(waiter));
    return {
      ended: promise,
      startFrom: (state) => {
        waiter.state ??= state;
        for (const event of waiter.early.splice(0)) advance(waiter, event);
        if (hasEnded(waiter.state)) waiter.settle(waiter.state);
      },
      stop: () => waiter.settle(waiter.state),
    };
  }

  #removeWaiter(id: string, waiter: Waiter): void {
    const waiters = this.#waiters.get(id);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#waiters.delete(id);
  }

  /** An outage may have replaced the log by a shorter one. */
  #checkReplaced(): void {
    this.#checking = this.#checking
      .then(() => this.#startOverIfReplaced())
      .catch((err: unknown) => this.#logger.warn({ err }, "could not read the end of the log"));
  }

  async #startOverIfReplaced(): Promise<void> {
    const { seq } = this;
    const lastSeq = await lastingDifference(this.#log, "FLEET", async () => {
      const { lastSeq } = await this.#log.state("FLEET");
      return lastSeq >= seq || this.#stopped ? undefined : lastSeq;
    });
    if (lastSeq === undefined || this.#stopped) return;
    this.#logger.warn({ seq, lastSeq }, "the log was replaced; following its command events from its end");
    await this.#subscription?.stop();
    this.#next = "new";
    this.#written = 0;
    this.#ids = new KnownIds(KNOWN_IDS);
    if (!this.#stopped) await this.#subscribe();
  }

  async #subscribe(): Promise<void> {
    const subscription = this.#log.subscribe({
      stream: "FLEET",
      category: "command",
      from: this.#next,
      onBatch: ({ events, throughSeq }) => {
        for (const event of events) if (isEventOf(commandEvents, event) && this.#ids.add(event.id)) this.#handle(event);
        this.#next = throughSeq + 1;
      },
    });
    this.#subscription = subscription;
    subscription.ended.catch((error: unknown) => {
      if (this.#stopped) return;
      this.#logger.error({ err: error }, "the subscription to command events failed; subscribing again");
      setTimeout(() => {
        if (!this.#stopped) void this.#subscribe();
      }, RESTART_MS);
    });
    await subscription.started;
  }

  #handle(event: RecordedEvent<CommandEvent>): void {
    try {
      this.#onEvent(event);
    } catch (error) {
      // A rethrown error would redeliver the event for ever.
      this.#logger.error({ err: error, id: event.id }, "a listener of command events failed");
    }
    const waiters = this.#waiters.get(event.data.command);
    if (waiters === undefined) return;
    for (const waiter of [...waiters]) advance(waiter, event);
  }
}

function advance(waiter: Waiter, event: RecordedEvent<CommandEvent>): void {
  if (waiter.state === undefined && event.type !== "CommandIssued") {
    waiter.early.push(event);
    return;
  }
  waiter.state = decider.evolve(waiter.state, event);
  if (waiter.state !== undefined && hasEnded(waiter.state)) waiter.settle(waiter.state);
}
