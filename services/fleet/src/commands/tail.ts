import {
  type Command,
  type CommandEvent,
  commandEvents,
  command as decider,
  hasEnded,
  isEventOf,
  type RecordedEvent,
} from "@fleetlog/domain";
import type { EventLog, Logger, Subscription } from "@fleetlog/log";

export interface CommandWait {
  /** Resolves with the command as soon as it has ended, or with its state when the time is up. */
  readonly ended: Promise<Command | undefined>;
  /** Sets the command's state, to which events that arrived earlier are then applied. */
  startFrom(state: Command): void;
  /** Stops waiting now. */
  stop(): void;
}

interface Waiter {
  state: Command | undefined;
  /** Events that arrived before the state was set; a command has few. */
  readonly early: RecordedEvent<CommandEvent>[];
  readonly settle: (state: Command | undefined) => void;
}

const RESTART_MS = 500;

/**
 * Follows all command events of the log, for callers that wait for a command to end and for sessions. Because they
 * are read from the log, a process that ends a command need not notify the waiting callers.
 */
export class CommandTail {
  readonly #log: EventLog;
  readonly #logger: Logger;
  readonly #onEvent: (event: RecordedEvent<CommandEvent>) => void;
  readonly #waiters = new Map<string, Set<Waiter>>();
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

  /** The newest sequence that was read, or that this process has written ({@link noteWritten}). */
  get seq(): number {
    return Math.max(this.#read, this.#written);
  }

  /** Notes that this process has appended a command event, so that its callers read their own writes at once. */
  noteWritten(seq: number): void {
    this.#written = Math.max(this.#written, seq);
  }

  /** The sequence up to which events were read and passed on. */
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

  /** To be called before the command is issued or looked up, so that none of its events is missed. */
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

  /** After an outage the log may have been replaced by a log that ends before the expected sequence. */
  #checkReplaced(): void {
    this.#checking = this.#checking
      .then(() => this.#startOverIfReplaced())
      .catch((err: unknown) => this.#logger.warn({ err }, "could not read the end of the log"));
  }

  async #startOverIfReplaced(): Promise<void> {
    const { seq } = this;
    const { lastSeq } = await this.#log.state("FLEET");
    if (this.#stopped || lastSeq >= seq) return;
    this.#logger.warn({ seq, lastSeq }, "the log was replaced; following its command events from its end");
    await this.#subscription?.stop();
    this.#next = "new";
    this.#written = 0;
    if (!this.#stopped) await this.#subscribe();
  }

  async #subscribe(): Promise<void> {
    const subscription = this.#log.subscribe({
      stream: "FLEET",
      category: "command",
      from: this.#next,
      onBatch: ({ events, throughSeq }) => {
        for (const event of events) if (isEventOf(commandEvents, event)) this.#handle(event);
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
      // Not rethrown: the event would be redelivered for ever.
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
