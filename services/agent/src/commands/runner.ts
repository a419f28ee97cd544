import type { CommandMessage, CommandResult } from "@fleetlog/protocol";
import type { Clock } from "../clock.ts";
import type { Logger } from "../logger.ts";
import type { Store } from "../store/store.ts";
import { CommandFailure, type Handlers } from "./handler.ts";

export interface RunnerOptions {
  readonly store: Store;
  readonly handlers: Handlers;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Commands that run at the same time. */
  readonly concurrency: number;
  /** Commands that wait at most; what is delivered beyond it is left to be delivered again. */
  readonly capacity: number;
  onStarted(message: CommandMessage): void;
  /** There is a result to send: a new one, or one that is asked for again. */
  onResult(result: CommandResult, name: string, isNew: boolean): void;
}

interface Waiting {
  readonly message: CommandMessage;
  /** Not begun after it, by the clock that only grows; NaN if there is no deadline that can be read. */
  readonly until: number;
}

/** Does each command once, in the order of delivery, however often it is delivered. */
export class CommandRunner {
  readonly #options: RunnerOptions;
  readonly #queue = new Map<string, Waiting>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #abort = new AbortController();
  #stopped = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** What a start of this device before this one left: to be called once, before anything is delivered. */
  recover(): void {
    const { store, handlers, onResult } = this.#options;
    for (const command of store.commands()) {
      if (command.state === "finished") {
        if (!command.acknowledged) onResult(command.result, command.name, false);
      } else if (handlers.find(command.name)?.idempotent === true) {
        // The gateway still holds it open and delivers it again, unless it has expired or been cancelled since.
        store.forgetCommand(command.id);
      } else {
        this.#finish(failure(command.id, "interrupted", "the device stopped while it ran"), command.name);
      }
    }
  }

  /** @param remainingMs until its deadline by the gateway's clock; undefined: not known */
  deliver(message: CommandMessage, remainingMs?: number): void {
    const { store, capacity, logger, onResult } = this.#options;
    const { id, name } = message;
    if (this.#running.has(id)) return;
    if (this.#queue.has(id)) {
      // In its place; how much time is left was measured just now, and not before a sleep of this device.
      this.#queue.set(id, this.#waiting(message, remainingMs));
      return;
    }
    const known = store.command(id);
    if (known?.state === "finished") {
      onResult(known.result, name, false);
      return;
    }
    if (this.#stopped || this.#queue.size >= capacity) {
      logger.warn({ command: id, name }, "no room for a command; it will be delivered again");
      return;
    }
    this.#queue.set(id, this.#waiting(message, remainingMs));
    this.#next();
  }

  /** Begins no other command; resolves when those that run have ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#queue.clear();
    await Promise.all(this.#running.values());
  }

  /** Tells the handlers that run to end. */
  abort(): void {
    this.#abort.abort();
  }

  /** A device's time of day may be years off: it counts only where the gateway's can't be known. */
  #waiting(message: CommandMessage, remainingMs: number | undefined): Waiting {
    const { clock } = this.#options;
    const left = remainingMs ?? Date.parse(message.deadline) - clock.now();
    return { message, until: clock.elapsed() + left };
  }

  #next(): void {
    for (const [id, waiting] of this.#queue) {
      if (this.#running.size >= this.#options.concurrency) return;
      this.#queue.delete(id);
      const running = this.#run(waiting).finally(() => {
        this.#running.delete(id);
        this.#next();
      });
      this.#running.set(id, running);
    }
  }

  async #run({ message, until }: Waiting): Promise<void> {
    const { id, name, params, deadline } = message;
    const { store, handlers, clock, onStarted } = this.#options;
    if (clock.elapsed() > until) {
      return this.#finish(failure(id, "expired", `its deadline was ${deadline}`), name);
    }
    const handler = handlers.find(name);
    if (handler === undefined) {
      return this.#finish(failure(id, "unknown-command", `this device has no command ${name}`), name);
    }
    store.beginCommand(id, name);
    onStarted({ id, name, params, deadline });
    const { signal } = this.#abort;
    try {
      const at = Date.parse(deadline);
      const context = { id, deadline: Number.isNaN(at) ? undefined : new Date(at), signal };
      const result: unknown = await handler.run(params, context);
      this.#finish({ id, ok: true, result: asJson(result) }, name);
    } catch (error) {
      // Stopped by ourselves: as if the device had gone down.
      if (signal.aborted && handler.idempotent) store.forgetCommand(id);
      else if (signal.aborted) this.#finish(failure(id, "interrupted", "the device stopped while it ran"), name);
      else this.#finish(failureOf(id, error), name);
    }
  }

  #finish(result: CommandResult, name: string): void {
    this.#options.store.finishCommand(result, name);
    this.#options.onResult(result, name, true);
  }
}

function failure(id: string, code: string, message: string): CommandResult {
  return { id, ok: false, error: { code, message } };
}

function failureOf(id: string, error: unknown): CommandResult {
  const message = error instanceof Error ? error.message : String(error);
  return failure(id, error instanceof CommandFailure ? error.code : "failed", message);
}

/** What JSON makes of it; nothing becomes null. @throws CommandFailure for what JSON can't carry */
function asJson(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value ?? null) ?? "null");
  } catch (error) {
    throw new CommandFailure("result-not-json", error instanceof Error ? error.message : String(error));
  }
}
