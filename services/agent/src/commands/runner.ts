import type { CommandMessage, CommandResult } from "@fleetlog/protocol";
import type { Clock } from "../clock.ts";
import { exactJson } from "../exact-json.ts";
import type { Logger } from "../logger.ts";
import type { Store } from "../store/store.ts";
import { CommandFailure, type Handlers, type Progress } from "./handler.ts";

export interface RunnerOptions {
  readonly store: Store;
  readonly handlers: Handlers;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly concurrency: number;
  /** Further commands are ignored, because the gateway delivers them again. */
  readonly capacity: number;
  onStarted(message: CommandMessage): void;
  onProgress(id: string, progress: Progress): void;
  onCancelled(id: string, name: string): void;
  /** `isNew` is false for a stored result that is sent again. */
  onResult(result: CommandResult, name: string, isNew: boolean): void;
}

interface QueuedCommand {
  readonly message: CommandMessage;
  readonly until: number;
}

export class CommandRunner {
  readonly #options: RunnerOptions;
  readonly #queue = new Map<string, QueuedCommand>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #cancel = new Map<string, AbortController>();
  readonly #abort = new AbortController();
  #stopped = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Handles the commands of an earlier start. Call this once, before the first delivery. */
  recover(): void {
    const { store, handlers, onResult } = this.#options;
    for (const command of store.commands()) {
      if (command.state === "finished") {
        if (!command.acknowledged) onResult(command.result, command.name, false);
      } else if (handlers.find(command.name)?.idempotent === true) {
        // The gateway delivers an open command again.
        store.forgetCommand(command.id);
      } else {
        this.#finish(failure(command.id, "interrupted", "the device stopped while it ran"), command.name);
      }
    }
  }

  /** @param remainingMs time until the deadline by the gateway's clock, if known */
  deliver(message: CommandMessage, remainingMs?: number): void {
    const { store, capacity, logger, onResult } = this.#options;
    const { id, name } = message;
    if (this.#running.has(id)) return;
    if (this.#queue.has(id)) {
      // The remaining time is set again, because the clock that measures it may have stood still while the device slept.
      this.#queue.set(id, this.#queued(message, remainingMs));
      return;
    }
    const known = store.command(id);
    if (known?.state === "finished") {
      onResult(known.result, name, false);
      return;
    }
    if (this.#stopped || this.#queue.size >= capacity) {
      logger.warn({ command: id, name }, "the command queue is full or stopped; the command will be delivered again");
      return;
    }
    this.#queue.set(id, this.#queued(message, remainingMs));
    this.#next();
  }

  refuse({ id, name }: Pick<CommandMessage, "id" | "name">, code: string, message: string): void {
    const { store } = this.#options;
    if (this.#running.has(id) || this.#queue.has(id) || store.command(id) !== undefined) return;
    this.#finish(failure(id, code, message), name);
  }

  /** A queued command is not started, and the handler of a running command is aborted. */
  cancel(id: string): void {
    const queued = this.#queue.get(id);
    if (queued !== undefined) {
      this.#queue.delete(id);
      this.#options.onCancelled(id, queued.message.name);
    }
    this.#cancel.get(id)?.abort();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#queue.clear();
    await Promise.all(this.#running.values());
  }

  abort(): void {
    this.#abort.abort();
  }

  /** The device's clock may be years off, so it is used only if the remaining time is unknown. */
  #queued(message: CommandMessage, remainingMs: number | undefined): QueuedCommand {
    const { clock } = this.#options;
    const left = remainingMs ?? Date.parse(message.deadline) - clock.now();
    return { message, until: clock.elapsed() + left };
  }

  #next(): void {
    for (const [id, queued] of this.#queue) {
      if (this.#running.size >= this.#options.concurrency) return;
      this.#queue.delete(id);
      const running = this.#run(queued).finally(() => {
        this.#running.delete(id);
        this.#next();
      });
      this.#running.set(id, running);
    }
  }

  async #run({ message, until }: QueuedCommand): Promise<void> {
    const { id, name, params, deadline } = message;
    const { store, handlers, clock, onStarted, onProgress, onCancelled } = this.#options;
    if (clock.elapsed() > until) {
      return this.#finish(failure(id, "expired", `its deadline was ${deadline}`), name);
    }
    const handler = handlers.find(name);
    if (handler === undefined) {
      return this.#finish(failure(id, "unknown-command", `this device has no command ${name}`), name);
    }
    store.beginCommand(id, name);
    onStarted({ id, name, params, deadline });
    const cancel = new AbortController();
    this.#cancel.set(id, cancel);
    const stop = () => cancel.abort(this.#abort.signal.reason);
    this.#abort.signal.addEventListener("abort", stop, { once: true });
    const stopped = this.#abort.signal;
    const isCancelled = () => cancel.signal.aborted && !stopped.aborted;
    const over = () => {
      store.forgetCommand(id);
      onCancelled(id, name);
    };
    try {
      const at = Date.parse(deadline);
      const result: unknown = await handler.run(params ?? {}, {
        id,
        deadline: Number.isNaN(at) ? undefined : new Date(at),
        signal: cancel.signal,
        progress: (progress) => {
          if (this.#cancel.get(id) === cancel && !cancel.signal.aborted) onProgress(id, progress);
        },
      });
      if (isCancelled()) return over();
      this.#finish({ id, ok: true, result: asJson(result) }, name);
    } catch (error) {
      if (isCancelled()) return over();
      if (stopped.aborted && handler.idempotent) store.forgetCommand(id);
      else if (stopped.aborted) this.#finish(failure(id, "interrupted", "the device stopped while it ran"), name);
      else this.#finish(failureOf(id, error), name);
    } finally {
      this.#cancel.delete(id);
      this.#abort.signal.removeEventListener("abort", stop);
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

/** @throws CommandFailure for values that JSON can't express */
function asJson(value: unknown): unknown {
  try {
    return JSON.parse(exactJson(value) ?? "null");
  } catch (error) {
    throw new CommandFailure("result-not-json", error instanceof Error ? error.message : String(error));
  }
}
