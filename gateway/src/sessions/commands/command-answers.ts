import { type Command, type CommandProgress, FleetError, hasEnded, noMoreProgress } from "@fleetlog/domain";
import { answeredCommand, recordAnswer, recordProgress } from "@fleetlog/fleet";
import type { CommandProgressReport, CommandResult } from "@fleetlog/protocol";
import type { CommandQueueOptions } from "./command-queue-options.ts";
import type { OpenCommands } from "./open-commands.ts";
import { ProgressReports } from "./progress.ts";

/** The queue of a session, as its answers see it. */
export interface AnsweredQueue {
  /** A device that answers has received the command. */
  markDelivered(command: Command): void;
  drop(id: string): void;
  log(command: Command | undefined, message: string): void;
}

/** Records the progress and the results of commands that the device of one session reports. */
export class CommandAnswers {
  readonly #options: CommandQueueOptions;
  readonly #open: OpenCommands;
  readonly #queue: AnsweredQueue;
  /** Made on first use, because most devices report no progress. */
  #ownProgress: ProgressReports | undefined;
  /** The last final refusal of a progress report. A device may repeat such reports many times a second. */
  #refusedProgress: { readonly id: string; readonly error: FleetError } | undefined;

  constructor(options: CommandQueueOptions, open: OpenCommands, queue: AnsweredQueue) {
    this.#options = options;
    this.#open = open;
    this.#queue = queue;
  }

  close(): void {
    this.#ownProgress?.close();
  }

  /** The command has ended. */
  ended(id: string): void {
    this.#ownProgress?.ended(id);
  }

  /**
   * Resolves with the log sequence.
   * @throws FleetError `command-unknown` if the device has no such command, `command-ended`
   */
  async progress({ id, ...progress }: CommandProgressReport): Promise<number> {
    const held = this.#open.get(id);
    if (held !== undefined) {
      this.#queue.markDelivered(held);
      return this.#progress.report(held, progress);
    }
    if (this.#refusedProgress?.id === id) throw this.#refusedProgress.error;
    try {
      return await this.#progress.report(await this.#commandInProgress(id), progress);
    } catch (error) {
      const isFinal =
        error instanceof FleetError && (error.code === "command-unknown" || error.code === "command-ended");
      if (isFinal) this.#refusedProgress = { id, error };
      throw error;
    }
  }

  async #commandInProgress(id: string): Promise<Command> {
    const { device } = this.#options;
    const found = await answeredCommand(this.#options, device, id);
    if (found === undefined || found.device !== device)
      throw new FleetError("command-unknown", `device ${device} has no command ${id}`, { field: "id" });
    if (hasEnded(found)) throw noMoreProgress(id, found.state);
    if (this.#open.closed) throw new FleetError("session-superseded", "the session has ended");
    return found;
  }

  async #recordProgress(command: Command, progress: CommandProgress): Promise<number> {
    const { device, epoch, sessionId } = this.#options;
    const recorded = await recordProgress(this.#options, { device, epoch, sessionId }, progress, command);
    const state = recorded.state?.progress;
    const current = this.#open.get(command.id);
    if (current !== undefined && state !== undefined) this.#open.update({ ...current, progress: state });
    return state?.seq ?? command.seq;
  }

  /**
   * Resolves with the log sequence of the command's end. The command may have ended before this result.
   * @throws FleetError `command-unknown` if the device has no such command
   */
  async result(result: CommandResult): Promise<number> {
    const { device, epoch, sessionId } = this.#options;
    const found = this.#open.get(result.id) ?? (await answeredCommand(this.#options, device, result.id));
    // An answer may arrive before the delivery is acknowledged. In the log the delivery must come first.
    if (found !== undefined && this.#open.has(found.id)) this.#queue.markDelivered(found);
    this.#ownProgress?.flush(result.id);
    const before = this.#open.get(result.id) ?? found;
    const { state, event, lastSeq } = await recordAnswer(this.#options, { device, epoch, sessionId }, result, before);
    if (event === undefined) {
      // Only a different answer is logged and counted.
      const contradicts = state !== undefined && state.state !== (result.ok ? "completed" : "failed");
      if (contradicts) {
        this.#options.observe.refused("command-ended");
        this.#queue.log(state, `ignored the device's answer (ok: ${result.ok}): the command is ${state.state} already`);
      }
      return state?.endedSeq ?? state?.seq ?? 0;
    }
    // In the log, the event may follow a cancellation that this queue has not seen. Then folds ignore the event.
    this.#queue.log(state, result.ok ? "the device completed the command" : "the device failed the command");
    this.#queue.drop(result.id);
    return lastSeq;
  }

  get #progress(): ProgressReports {
    const { clock, reserve } = this.#options;
    this.#ownProgress ??= new ProgressReports({
      clock,
      reserve,
      current: (id) => this.#open.get(id),
      record: (command, progress) => this.#recordProgress(command, progress),
    });
    return this.#ownProgress;
  }
}
