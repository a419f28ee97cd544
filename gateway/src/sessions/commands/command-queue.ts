import { type Command, type CommandEvent, commandDecider, hasEnded, type RecordedEvent } from "@fleetlog/domain";
import { recordDelivery } from "@fleetlog/fleet";
import type {
  CancelReason,
  CommandMessage,
  CommandProgressReport,
  CommandResult,
  LiveMessages,
} from "@fleetlog/protocol";
import type { Logger } from "pino";
import { Cancellations } from "./cancellations.ts";
import { type AnsweredQueue, CommandAnswers } from "./command-answers.ts";
import type { CommandQueueOptions } from "./command-queue-options.ts";
import { OpenCommands } from "./open-commands.ts";
import { SuspectCommands } from "./suspect-commands.ts";

const CANCEL_REASONS: Readonly<Partial<Record<CommandEvent["type"], CancelReason>>> = {
  CommandCancelled: "cancelled",
  CommandExpired: "expired",
};

/** Delivers the open commands of one session in the order of issue. `CommandAnswers` records what the device answers. */
export class CommandQueue implements AnsweredQueue {
  readonly #options: CommandQueueOptions;
  readonly #open: OpenCommands;
  // These are made on first use, because most devices have no commands.
  #ownSuspects: SuspectCommands | undefined;
  #ownAnswers: CommandAnswers | undefined;
  #ownCancellations: Cancellations | undefined;
  #delivering: string | undefined;
  #offering: Promise<void> | undefined;
  #offerAgain = false;

  constructor(options: CommandQueueOptions) {
    this.#options = options;
    this.#open = new OpenCommands(options, this);
  }

  close(): void {
    this.#open.close();
    this.#ownAnswers?.close();
    this.#ownCancellations?.close();
    this.#ownSuspects?.close();
  }

  /** Loads all pending commands that were issued before the call. */
  refill(): Promise<void> {
    return this.#open.refill();
  }

  /** @param event from this node's own append, or from the live message */
  addCommand(event: LiveMessages["command"]["event"]): void {
    if (this.#open.addCommand(event)) this.offer();
  }

  /** A command has ended without its device. If the device has received the command, the device gets the reason. */
  endedElsewhere(id: string, reason: CancelReason | undefined): void {
    const command = this.#open.get(id);
    const delivering = this.#open.delivered.has(id) || this.#delivering === id;
    this.drop(id, reason);
    if (command !== undefined) this.cancelIfReceived(command, reason, delivering);
  }

  /** Tells the device to stop a command that has ended without the device, if it has received the command. */
  cancelIfReceived(
    { id, deliveries }: Pick<Command, "id" | "deliveries">,
    reason: CancelReason | undefined,
    delivering = false,
  ): void {
    if (reason !== undefined && (delivering || deliveries > 0) && !this.#open.closed)
      this.#cancellations.add(id, reason);
  }

  /** Forgets a command that is not open any more. */
  drop(id: string, reason?: CancelReason): void {
    if (!this.#open.drop(id, reason)) return;
    this.#ownSuspects?.ended(id);
    this.#ownAnswers?.ended(id);
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
    // `#open` already has the deliveries of this session, so only the end of a command matters.
    const evolved = commandDecider.evolve(this.#open.get(id), event);
    if (evolved !== undefined && hasEnded(evolved)) this.endedElsewhere(id, CANCEL_REASONS[event.type]);
    // Any other event than these ends the command. Its CommandIssued was earlier in the log.
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

  /** As {@link CommandAnswers.progress}. */
  progress(report: CommandProgressReport): Promise<number> {
    return this.#answers.progress(report);
  }

  /** As {@link CommandAnswers.result}. */
  result(result: CommandResult): Promise<number> {
    return this.#answers.result(result);
  }

  async #offerAll(): Promise<void> {
    const { connection, clock } = this.#options;
    for (const command of [...this.#open.values()]) {
      if (this.#open.closed) return;
      const { id, deadline } = command;
      // A command past its deadline must not start. A reactor records the expiry.
      if (!this.#open.due.has(id) || Date.parse(deadline) <= clock()) continue;
      if (this.#suspects.mustWait(id)) return;
      const allowed = this.#suspects.mayDeliver(command);
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
        if (delivery === "delivered") this.markDelivered(command);
        return;
      }
      if (current === undefined) continue;
      if (delivery === "delivered") {
        this.markDelivered(current);
        this.#suspects.delivered(id);
      } else this.#open.due.add(id);
      if (delivery === "blocked") return;
    }
  }

  markDelivered(command: Command): void {
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
    if (event !== undefined) this.log(command, "the command was delivered");
  }

  log(command: Command | undefined, message: string): void {
    const { id, correlationid } = command ?? {};
    this.#logger.info({ command: id, correlationid }, message);
  }

  get #suspects(): SuspectCommands {
    const { log, writer } = this.#options;
    this.#ownSuspects ??= new SuspectCommands({ log, writer, logger: this.#logger, onFree: () => this.offer() });
    return this.#ownSuspects;
  }

  get #answers(): CommandAnswers {
    this.#ownAnswers ??= new CommandAnswers(this.#options, this.#open, this);
    return this.#ownAnswers;
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
