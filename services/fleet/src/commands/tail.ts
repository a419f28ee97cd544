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

export interface Waiting {
  /** Resolves with the command as soon as it has ended, or as it is when the time is up. */
  readonly ended: Promise<Command | undefined>;
  /** The command as it is, for one that was issued before the waiting began. */
  known(state: Command): void;
  /** Stops waiting now. */
  stop(): void;
}

interface Waiter {
  state: Command | undefined;
  /** What came before the state was known; a command has few events. */
  readonly early: RecordedEvent<CommandEvent>[];
  readonly settle: (state: Command | undefined) => void;
}

const RESTART_MS = 500;

/**
 * Follows all command events of the log, for callers that wait for a command to end and for sessions. Reading them from
 * the log means that whoever ends a command need not notify anybody.
 */
export class CommandTail {
  readonly #log: EventLog;
  readonly #logger: Logger;
  readonly #onEvent: (event: RecordedEvent<CommandEvent>) => void;
  readonly #waiters = new Map<string, Set<Waiter>>();
  #subscription: Subscription | undefined;
  #next: number | "new" = "new";
  #looking: Promise<void> = Promise.resolve();
  #forgetStatus: () => void = () => {};
  #stopped = false;

  constructor(log: EventLog, logger: Logger, onEvent: (event: RecordedEvent<CommandEvent>) => void) {
    this.#log = log;
    this.#logger = logger;
    this.#onEvent = onEvent;
  }

  /** The newest sequence that it has read: every event that it has passed on is in there. */
  get seq(): number {
    return this.#next === "new" ? 0 : this.#next - 1;
  }

  async start(): Promise<void> {
    let wasAway = false;
    this.#forgetStatus = this.#log.onStatus((status) => {
      if (status !== "away" && wasAway) this.#lookAgain();
      wasAway = status === "away";
    });
    await this.#subscribe();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#forgetStatus();
    await this.#looking;
    await this.#subscription?.stop();
    for (const waiters of this.#waiters.values()) for (const waiter of waiters) waiter.settle(waiter.state);
  }

  /** Call before the command is issued or looked up, so that no event of it is missed. */
  wait(id: string, milliseconds: number): Waiting {
    const { promise, resolve } = Promise.withResolvers<Command | undefined>();
    const waiter: Waiter = {
      state: undefined,
      early: [],
      settle: (state) => {
        clearTimeout(timer);
        this.#forget(id, waiter);
        resolve(state);
      },
    };
    const timer = setTimeout(() => waiter.settle(waiter.state), milliseconds);
    const waiters = this.#waiters.get(id) ?? new Set();
    this.#waiters.set(id, waiters.add(waiter));
    return {
      ended: promise,
      known: (state) => {
        waiter.state ??= state;
        for (const event of waiter.early.splice(0)) advance(waiter, event);
        if (hasEnded(waiter.state)) waiter.settle(waiter.state);
      },
      stop: () => waiter.settle(waiter.state),
    };
  }

  #forget(id: string, waiter: Waiter): void {
    const waiters = this.#waiters.get(id);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#waiters.delete(id);
  }

  /** The log that came back may be another one, which ends before the sequence that is expected here. */
  #lookAgain(): void {
    this.#looking = this.#looking
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
    if (!this.#stopped) await this.#subscribe();
  }

  async #subscribe(): Promise<void> {
    const subscription = this.#log.subscribe({
      stream: "FLEET",
      category: "command",
      from: this.#next,
      onBatch: ({ events, throughSeq }) => {
        for (const event of events) if (isEventOf(commandEvents, event)) this.#take(event);
        this.#next = throughSeq + 1;
      },
    });
    this.#subscription = subscription;
    subscription.ended.catch((error: unknown) => {
      if (this.#stopped) return;
      this.#logger.error({ err: error }, "the tail of command events broke; starting it again");
      setTimeout(() => {
        if (!this.#stopped) void this.#subscribe();
      }, RESTART_MS);
    });
    await subscription.started;
  }

  #take(event: RecordedEvent<CommandEvent>): void {
    try {
      this.#onEvent(event);
    } catch (error) {
      // It would come again, and again.
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
