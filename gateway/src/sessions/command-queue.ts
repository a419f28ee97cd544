import {
  type Command,
  type CommandEvent,
  type CommandProgress,
  command as decider,
  FleetError,
  hasEnded,
  noMoreProgress,
  type RecordedEvent,
} from "@fleetlog/domain";
import {
  answeredCommand,
  recordAnswer,
  recordDelivery,
  recordProgress,
  type Views,
  type Writer,
} from "@fleetlog/fleet";
import type { EventLog } from "@fleetlog/log";
import type {
  CancelReason,
  CommandMessage,
  CommandProgressReport,
  CommandResult,
  LiveMessages,
} from "@fleetlog/protocol";
import type { Logger } from "pino";
import { Cancellations } from "./cancellations.ts";
import type { DeviceConnection } from "./connection.ts";
import type { SessionObserver } from "./context.ts";
import { OpenCommands } from "./open-commands.ts";
import { ProgressReports } from "./progress.ts";
import type { Reserve } from "./reserve.ts";
import { SessionEnders } from "./session-enders.ts";

const CANCEL_REASONS: Readonly<Partial<Record<CommandEvent["type"], CancelReason>>> = {
  CommandCancelled: "cancelled",
  CommandExpired: "expired",
};

export interface CommandQueueOptions {
  readonly device: string;
  readonly epoch: number;
  readonly sessionId: string;
  readonly log: EventLog;
  readonly writer: Writer;
  readonly views: Views;
  readonly connection: DeviceConnection;
  readonly clock: () => number;
  readonly logger: Logger;
  readonly observe: Pick<SessionObserver, "refused">;
  readonly reserve: Pick<Reserve, "holding">;
  readonly capacity: number;
}

/** Delivers the open commands of one session in the order of issue, and records what the device answers. */
export class CommandQueue {
  readonly #options: CommandQueueOptions;
  readonly #open: OpenCommands;
  // These are made on first use, because most devices have no commands.
  #ownEnders: SessionEnders | undefined;
  #ownProgress: ProgressReports | undefined;
  #ownCancellations: Cancellations | undefined;
  #delivering: string | undefined;
  /** The last final refusal of a progress report. A device may repeat such reports many times a second. */
  #refusedProgress: { readonly id: string; readonly error: FleetError } | undefined;
  #offering: Promise<void> | undefined;
  #offerAgain = false;

  constructor(options: CommandQueueOptions) {
    this.#options = options;
    this.#open = new OpenCommands(options, this);
  }

  close(): void {
    this.#open.close();
    this.#ownProgress?.close();
    this.#ownCancellations?.close();
    this.#ownEnders?.close();
  }

  /** Loads all pending commands that were issued before the call. */
  refill(): Promise<void> {
    return this.#open.refill();
  }

  /** @param event from the live message */
  add(event: LiveMessages["command"]["event"]): void {
    if (this.#open.addIssued(event)) this.offer();
  }

  /** A command has ended without its device. If the device has received the command, the device gets the reason. */
  endedElsewhere(id: string, reason: CancelReason | undefined): void {
    const command = this.#open.get(id);
    const delivering = this.#open.delivered.has(id) || this.#delivering === id;
    this.drop(id, reason);
    if (command !== undefined) this.tellIfReceived(command, reason, delivering);
  }

  /** For commands that have ended without their device. */
  tellIfReceived(
    { id, deliveries }: Pick<Command, "id" | "deliveries">,
    reason: CancelReason | undefined,
    delivering = false,
  ): void {
    if (reason !== undefined && (delivering || deliveries > 0) && !this.#open.closed)
      this.#cancellations.add(id, reason);
  }

  drop(id: string, reason?: CancelReason): void {
    if (!this.#open.drop(id, reason)) return;
    this.#ownEnders?.ended(id);
    this.#ownProgress?.ended(id);
    this.#options.connection.forget?.(id);
    this.#open.loadMoreIfRoom();
  }

  /** An event of a command, read from the log. It comes after the live message, which may be lost. */
  applyEvent(event: RecordedEvent<CommandEvent>): void {
    const { command: id } = event.data;
    if (event.type === "CommandIssued") {
      this.#open.expectLiveMessage(id);
      return;
    }
    // A delivery in this session is in `#open` already, so only ends matter.
    const evolved = decider.evolve(this.#open.get(id), event);
    if (evolved !== undefined && hasEnded(evolved)) this.endedElsewhere(id, CANCEL_REASONS[event.type]);
    // The CommandIssued of an ended command was earlier in the log.
    if (event.type !== "CommandDelivered" && event.type !== "CommandProgressed") this.#open.endIsInLog(id);
  }

  /** @param again selects delivered commands that the device may not have received */
  offer(again?: (command: CommandMessage) => boolean): void {
    if (this.#open.closed) return;
    this.#ownCancellations?.send();
    if (again !== undefined) {
      for (const command of this.#open.values()) if (again(toMessage(command))) this.#open.due.add(command.id);
    }
    if (this.#open.held) return;
    if (this.#offering !== undefined) {
      this.#offerAgain = true;
      return;
    }
    this.#offering = this.#offerAll().finally(() => {
      this.#offering = undefined;
      if (!this.#offerAgain) return;
      this.#offerAgain = false;
      this.offer();
    });
  }

  /**
   * Resolves with the log sequence.
   * @throws FleetError `command-unknown` if the device has no such command, `command-ended`
   */
  async progress({ id, ...progress }: CommandProgressReport): Promise<number> {
    const held = this.#open.get(id);
    if (held !== undefined) {
      this.#markDelivered(held);
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
    if (found !== undefined && this.#open.has(found.id)) this.#markDelivered(found);
    this.#ownProgress?.flush(result.id);
    const before = this.#open.get(result.id) ?? found;
    const { state, event, lastSeq } = await recordAnswer(this.#options, { device, epoch, sessionId }, result, before);
    if (event === undefined) {
      // Only a different answer is logged and counted.
      const contradicts = state !== undefined && state.state !== (result.ok ? "completed" : "failed");
      if (contradicts) {
        this.#options.observe.refused("command-ended");
        this.#log(state, `ignored the device's answer (ok: ${result.ok}): the command is ${state.state} already`);
      }
      return state?.endedSeq ?? state?.seq ?? 0;
    }
    // The event may follow a cancellation that this queue has not seen. Then folds ignore the event.
    this.#log(state, result.ok ? "the device completed the command" : "the device failed the command");
    this.drop(result.id);
    return lastSeq;
  }

  async #offerAll(): Promise<void> {
    const { connection, clock } = this.#options;
    for (const command of [...this.#open.values()]) {
      if (this.#open.closed) return;
      const { id, deadline } = command;
      // A command past its deadline must not start. A reactor records the expiry.
      if (!this.#open.due.has(id) || Date.parse(deadline) <= clock()) continue;
      if (this.#enders.mustWait(id)) return;
      const allowed = this.#enders.mayDeliver(command);
      if (allowed !== undefined) {
        if (!(await allowed)) this.drop(id);
        if (this.#open.closed) return;
        if (!this.#open.has(id)) continue;
      }
      // The id is deleted before the delivery, so that a request to deliver the command again is not lost.
      this.#open.due.delete(id);
      this.#delivering = id;
      const delivery = await connection.deliver(toMessage(command), command.deliveries);
      this.#delivering = undefined;
      const current = this.#open.get(id);
      if (this.#open.closed) {
        // The session ended during the delivery. Operators must see that the command may have run.
        if (delivery === "delivered") this.#markDelivered(command);
        return;
      }
      if (current === undefined) continue;
      if (delivery === "delivered") {
        this.#markDelivered(current);
        this.#enders.delivered(id);
      } else this.#open.due.add(id);
      if (delivery === "blocked") return;
    }
  }

  #markDelivered(command: Command): void {
    if (this.#open.delivered.has(command.id)) return;
    this.#open.delivered.add(command.id);
    this.#recordDelivery(command).catch((error: unknown) =>
      this.#logger.warn({ err: error, command: command.id }, "could not record the delivery of a command"),
    );
  }

  async #recordDelivery(command: Command): Promise<void> {
    const { device, epoch, sessionId, clock } = this.#options;
    const { event } = await recordDelivery(this.#options, { device, epoch, sessionId }, command, () => {
      if (this.#open.closed) return;
      this.#open.update({
        ...command,
        state: "delivered",
        epoch,
        session: sessionId,
        deliveries: command.deliveries + 1,
        deliveredAt: new Date(clock()).toISOString(),
      });
    });
    if (event !== undefined) this.#log(command, "the command was delivered");
  }

  #log(command: Command | undefined, message: string): void {
    const { id, correlationid } = command ?? {};
    this.#logger.info({ command: id, correlationid }, message);
  }

  get #enders(): SessionEnders {
    const { log, writer } = this.#options;
    this.#ownEnders ??= new SessionEnders({ log, writer, logger: this.#logger, onFree: () => this.offer() });
    return this.#ownEnders;
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

  get #cancellations(): Cancellations {
    this.#ownCancellations ??= new Cancellations(this.#options.connection);
    return this.#ownCancellations;
  }

  get #logger(): Logger {
    const { logger, device, epoch } = this.#options;
    return logger.child({ device, epoch });
  }
}

function toMessage(command: Command): CommandMessage {
  const { id, name, params, deadline } = command;
  return { id, name, params: params ?? null, deadline };
}
