import {
  type Command,
  type CommandEvent,
  commandDecider,
  commandEvents,
  hasEnded,
  isEventOf,
  type RecordedEvent,
} from "@fleetlog/domain";
import type { EventLog, Logger } from "@fleetlog/log";
import { Follower } from "../following/follower.ts";

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

/** Follows all command events of the log, for sessions and for callers that wait for a command's end. */
export class CommandTail {
  readonly #follower: Follower;
  readonly #onEvent: (event: RecordedEvent<CommandEvent>) => void;
  readonly #waiters = new Map<string, Set<Waiter>>();
  #written = 0;

  constructor(log: EventLog, logger: Logger, onEvent: (event: RecordedEvent<CommandEvent>) => void) {
    this.#follower = new Follower({
      log,
      logger,
      category: "command",
      from: "new",
      onEvent: (event) => {
        if (isEventOf(commandEvents, event)) this.#handle(event);
      },
      onReplaced: () => {
        this.#written = 0;
      },
      written: () => this.#written,
    });
    this.#onEvent = onEvent;
  }

  /** The newest sequence that was read or given to {@link noteWritten}. */
  get seq(): number {
    return Math.max(this.#follower.seq, this.#written);
  }

  /** To be called after an append of a command event. From then on, `seq` is at least the sequence of that event. */
  noteWritten(seq: number): void {
    this.#written = Math.max(this.#written, seq);
  }

  start(): Promise<void> {
    return this.#follower.start();
  }

  async stop(): Promise<void> {
    await this.#follower.stop();
    for (const waiters of this.#waiters.values()) for (const waiter of waiters) waiter.settle(waiter.state);
  }

  /** To be called before the command is issued or looked up. A wait that begins later could miss the command's events. */
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

  #handle(event: RecordedEvent<CommandEvent>): void {
    try {
      this.#onEvent(event);
    } finally {
      for (const waiter of [...(this.#waiters.get(event.data.command) ?? [])]) advance(waiter, event);
    }
  }
}

function advance(waiter: Waiter, event: RecordedEvent<CommandEvent>): void {
  if (waiter.state === undefined && event.type !== "CommandIssued") {
    waiter.early.push(event);
    return;
  }
  waiter.state = commandDecider.evolve(waiter.state, event);
  if (waiter.state !== undefined && hasEnded(waiter.state)) waiter.settle(waiter.state);
}
