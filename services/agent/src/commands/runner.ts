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
  /** How many commands may run at the same time. */
  readonly concurrency: number;
  /** How many commands may be queued. Further commands are ignored, because the gateway delivers them again. */
  readonly capacity: number;
  onStarted(message: CommandMessage): void;
  onProgress(id: string, progress: Progress): void;
  /** A queued or running command will give no result, because it was cancelled. */
  onCancelled(id: string, name: string): void;
  /**
   * Called when there is a result to send. `isNew` is false for a result that was stored earlier, and that is sent
   * because of a restart or a repeated delivery.
   */
  onResult(result: CommandResult, name: string, isNew: boolean): void;
}

interface QueuedCommand {
  readonly message: CommandMessage;
  /** Deadline by the monotonic clock, after which the command is not started. NaN if the command has no valid deadline. */
  readonly until: number;
}

/** Runs each command once, in the order of delivery, however often it is delivered. */
export class CommandRunner {
  readonly #options: RunnerOptions;
  readonly #queue = new Map<string, QueuedCommand>();
  readonly #running = new Map<string, Promise<void>>();
  /** By id of each running command. */
  readonly #cancel = new Map<string, AbortController>();
  readonly #abort = new AbortController();
  #stopped = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Handles commands that an earlier start left in the store. Call it once, before the first delivery. */
  recover(): void {
    const { store, handlers, onResult } = this.#options;
    for (const command of store.commands()) {
      if (command.state === "finished") {
        if (!command.acknowledged) onResult(command.result, command.name, false);
      } else if (handlers.find(command.name)?.idempotent === true) {
        // If the command is still open, the gateway delivers it again.
        store.forgetCommand(command.id);
      } else {
        this.#finish(failure(command.id, "interrupted", "the device stopped while it ran"), command.name);
      }
    }
  }

  /**
   * @param remainingMs time until the command's deadline, by the gateway's clock; undefined if the gateway did not send
   * it
   */
  deliver(message: CommandMessage, remainingMs?: number): void {
    const { store, capacity, logger, onResult } = this.#options;
    const { id, name } = message;
    if (this.#running.has(id)) return;
    if (this.#queue.has(id)) {
      // The command keeps its place in the queue. The remaining time is updated: the device may have slept since the
      // first delivery.
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

  /** Answers a command that must not run. */
  refuse({ id, name }: Pick<CommandMessage, "id" | "name">, code: string, message: string): void {
    const { store } = this.#options;
    if (this.#running.has(id) || this.#queue.has(id) || store.command(id) !== undefined) return;
    this.#finish(failure(id, code, message), name);
  }

  /** The command has ended on the gateway: it is not started, or its handler is aborted. */
  cancel(id: string): void {
    const queued = this.#queue.get(id);
    if (queued !== undefined) {
      this.#queue.delete(id);
      this.#options.onCancelled(id, queued.message.name);
    }
    this.#cancel.get(id)?.abort();
  }

  /** Starts no more commands; resolves when the running commands have ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#queue.clear();
    await Promise.all(this.#running.values());
  }

  /** Aborts the signals of the running handlers. */
  abort(): void {
    this.#abort.abort();
  }

  /** The device's time of day may be years off, so it is used only if the gateway sent no remaining time. */
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
      // The agent was stopped: treat the command as if the device had stopped while it ran.
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

/** A JSON copy; undefined becomes null. @throws CommandFailure if it can't be converted to JSON */
function asJson(value: unknown): unknown {
  try {
    return JSON.parse(exactJson(value) ?? "null");
  } catch (error) {
    throw new CommandFailure("result-not-json", error instanceof Error ? error.message : String(error));
  }
}
