import { type Command, type CommandEvent, command as decider, hasEnded, type RecordedEvent } from "@fleetlog/domain";
import { answeredCommand, recordAnswer, recordDelivery, type Views, type Writer } from "@fleetlog/fleet";
import type { EventLog } from "@fleetlog/log";
import type { CommandMessage, CommandResource, CommandResult, LiveMessages } from "@fleetlog/protocol";
import type { Logger } from "pino";
import type { DeviceConnection } from "./connection.ts";
import type { SessionObserver } from "./context.ts";
import { persist } from "./persist.ts";

/** How long a hint may come after the log's own word. */
const HINT_MS = 1_000;

export interface CommandQueueOptions {
  readonly device: string;
  readonly epoch: number;
  /** Id of the session's SessionOpened. */
  readonly session: string;
  readonly log: EventLog;
  readonly writer: Writer;
  readonly views: Views;
  readonly connection: DeviceConnection;
  readonly clock: () => number;
  readonly logger: Logger;
  readonly observe: Pick<SessionObserver, "refused">;
  /** Commands held in memory at once; the rest stays in the log until there is room. */
  readonly capacity: number;
}

/**
 * The open commands of one session: offered in the order of their issue, one after the other, again in every new
 * session, until the device has answered. Memory holds `capacity` of them; the views know the rest.
 */
export class CommandQueue {
  readonly #options: CommandQueueOptions;
  /** By id, in the order of issue. */
  readonly #open = new Map<string, Command>();
  /** Ids that the connection is still to be offered, for the first time or once more. */
  readonly #due = new Set<string>();
  /** Ids whose delivery in this session is recorded, or on its way to be: there is one of each. */
  readonly #delivered = new Set<string>();
  /** Ids that ended while pending commands are asked for: the answer may not know of it yet. */
  readonly #endedMeanwhile = new Set<string>();
  /** Ids that ended here and of whose end the log has not told yet: it may still be about to tell that they were issued. */
  readonly #ended = new Set<string>();
  /** Ids that the log says were issued, and no hint has told of so far. */
  readonly #unhinted = new Set<string>();
  #hintDue: NodeJS.Timeout | undefined;
  #refills = 0;
  /** The log may hold commands that are older than those here: nothing is offered until it was asked. */
  #held = true;
  /** The log holds commands that are newer than those here, for which there was no room. */
  #overflowed = false;
  #offering: Promise<void> | undefined;
  #offerAgain = false;
  #closed = false;

  constructor(options: CommandQueueOptions) {
    this.#options = options;
  }

  close(): void {
    this.#closed = true;
    this.#open.clear();
    this.#due.clear();
    this.#delivered.clear();
    this.#ended.clear();
    clearTimeout(this.#hintDue);
  }

  /**
   * Asks the log and the commands view for what is pending, until they answer; nothing issued before the call is missed.
   * What is issued in the meantime waits for the answer, so that it can't overtake; but not for views that are away.
   */
  async refill(): Promise<void> {
    this.#refills++;
    this.#held = true;
    await persist(
      () => this.#refillNow(),
      () => this.#closed,
      (err, waitMs) => {
        this.#options.logger.warn({ err, waitMs }, "could not ask for pending commands; trying again");
        this.#held = false;
        this.offer();
      },
    );
    if (--this.#refills > 0) return;
    this.#endedMeanwhile.clear();
    this.#held = false;
    this.offer();
    this.#refillIfRoom();
  }

  async #refillNow(): Promise<void> {
    const { device, log, views, capacity } = this.#options;
    // Most devices have no commands at all: one look into the log spares them the query.
    const last = await log.last("command", device);
    if (last === undefined || this.#closed) return;
    const pending: CommandResource[] = [];
    // A page may be short because its commands are large: one that is empty is the end.
    for (let more = true; more && pending.length <= capacity; ) {
      const params = { device, after: pending.at(-1)?.seq ?? 0, limit: capacity + 1 - pending.length };
      const page = await views.query("commands.pending", params, { atLeast: last.seq });
      if (this.#closed) return;
      pending.push(...page);
      more = page.length > 0;
    }
    const fitting = pending.slice(0, capacity);
    for (const command of fitting) {
      if (!this.#open.has(command.id) && !this.#endedMeanwhile.has(command.id)) this.#hold(command as Command);
    }
    if (fitting.length < pending.length) this.#letGoAfter(fitting.at(-1)?.seq ?? 0);
    this.#sort();
  }

  /** Between that command and what is newer here there are others, for which there is no room: it comes after them. */
  #letGoAfter(seq: number): void {
    this.#overflowed = true;
    for (const command of this.#open.values()) {
      if (command.seq <= seq || this.#delivered.has(command.id)) continue;
      this.#open.delete(command.id);
      this.#due.delete(command.id);
    }
  }

  /** A command was issued just now. */
  add(event: LiveMessages["command"]["event"]): void {
    const { command: id } = event.data;
    this.#unhinted.delete(id);
    if (this.#closed || this.#open.has(id) || this.#ended.has(id)) return;
    if (this.#overflowed || this.#open.size >= this.#options.capacity) {
      this.#overflowed = true;
      return;
    }
    const command = decider.evolve(undefined, event);
    if (command === undefined) return;
    this.#hold(command);
    this.#sort();
    this.offer();
  }

  /** A command was ended by somebody else. */
  drop(id: string): void {
    if (this.#refills > 0) this.#endedMeanwhile.add(id);
    this.#due.delete(id);
    this.#delivered.delete(id);
    if (!this.#open.delete(id)) return;
    this.#ended.add(id);
    this.#options.connection.forget?.(id);
    this.#refillIfRoom();
  }

  /** The log's own word of one of the device's commands: it comes after the hints, and comes when they were lost. */
  heard(event: RecordedEvent<CommandEvent>): void {
    const { command: id } = event.data;
    if (event.type === "CommandIssued") {
      this.#expectHint(id);
      return;
    }
    const ended = decider.evolve(this.#open.get(id), event);
    if (ended !== undefined && hasEnded(ended)) this.drop(id);
    if (event.type !== "CommandDelivered") this.#ended.delete(id);
  }

  /**
   * As a rule the hint is on its way. Where it is not, the views are asked, and not the event believed: an append that
   * waited while its node was cut off can issue under an idempotency key what another node has issued, and ended, before.
   */
  #expectHint(id: string): void {
    if (this.#closed || this.#open.has(id) || this.#ended.has(id)) return;
    this.#unhinted.add(id);
    this.#hintDue ??= setTimeout(() => {
      this.#hintDue = undefined;
      const missing = this.#unhinted.size > 0;
      this.#unhinted.clear();
      if (missing) void this.refill();
    }, HINT_MS);
  }

  /** Offers what the connection has not taken; with `again`, also what it took but may not have understood. */
  offer(again?: (command: CommandMessage) => boolean): void {
    if (this.#closed) return;
    if (again !== undefined) {
      for (const command of this.#open.values()) if (again(toMessage(command))) this.#due.add(command.id);
    }
    if (this.#held) return;
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
   * The device's answer; resolves with a log sequence once it is recorded (or was before).
   * @throws FleetError `command-unknown` if this device has no such command
   */
  async result(result: CommandResult): Promise<number> {
    const { device, epoch, session } = this.#options;
    const known = this.#open.get(result.id) ?? (await answeredCommand(this.#options, device, result.id));
    // An answer may overtake the acknowledgement of the delivery; in the log the delivery still comes first.
    if (known !== undefined && this.#open.has(known.id)) this.#take(known);
    const before = this.#open.get(result.id) ?? known;
    const { state, event, lastSeq } = await recordAnswer(this.#options, { device, epoch, session }, result, before);
    if (event === undefined) {
      // The same once more is how devices make sure; another one is what an operator should know of.
      const contradicts = state !== undefined && state.state !== (result.ok ? "completed" : "failed");
      if (contradicts) {
        this.#options.observe.refused("command-ended");
        this.#log(state, `an answer (ok: ${result.ok}) changes nothing: the command is ${state.state} already`);
      }
      return state?.endedSeq ?? state?.seq ?? 0;
    }
    this.#log(state, result.ok ? "the device completed the command" : "the device failed the command");
    this.drop(result.id);
    return lastSeq;
  }

  async #offerAll(): Promise<void> {
    const { connection, clock } = this.#options;
    for (const command of [...this.#open.values()]) {
      if (this.#closed) return;
      const { id, deadline } = command;
      // Past its deadline it must not begin any more; recording that is the reactors' work.
      if (!this.#due.has(id) || Date.parse(deadline) <= clock()) continue;
      // Before it is handed over: what makes it due once more while that lasts is not lost.
      this.#due.delete(id);
      const delivery = await connection.deliver(toMessage(command));
      const current = this.#open.get(id);
      if (this.#closed || current === undefined) continue;
      if (delivery === "delivered") this.#take(current);
      else this.#due.add(id);
      if (delivery === "blocked") return;
    }
  }

  /** The device has it: recorded once a session, however often it is offered in it. */
  #take(command: Command): void {
    if (this.#delivered.has(command.id)) return;
    this.#delivered.add(command.id);
    this.#recordDelivery(command).catch((error: unknown) =>
      this.#options.logger.warn({ err: error, command: command.id }, "a delivery was not recorded"),
    );
  }

  async #recordDelivery(command: Command): Promise<void> {
    const { device, epoch, session } = this.#options;
    const { event } = await recordDelivery(this.#options, { device, epoch, session }, command, () => {
      // At once: an answer may come before the log's acknowledgement, and must follow the delivery in the log.
      this.#open.set(command.id, {
        ...command,
        state: "delivered",
        epoch,
        session,
        deliveries: command.deliveries + 1,
      });
    });
    if (event !== undefined) this.#log(command, "the command was delivered");
  }

  #log(command: Command | undefined, message: string): void {
    const { id, correlationid } = command ?? {};
    this.#options.logger.info({ command: id, correlationid }, message);
  }

  #hold(command: Command): void {
    this.#open.set(command.id, command);
    this.#due.add(command.id);
  }

  #refillIfRoom(): void {
    if (!this.#overflowed || this.#closed || this.#refills > 0 || this.#open.size > this.#options.capacity / 2) return;
    this.#overflowed = false;
    void this.refill();
  }

  #sort(): void {
    const entries = [...this.#open].sort(([, a], [, b]) => a.seq - b.seq);
    this.#open.clear();
    for (const [id, command] of entries) if (!hasEnded(command)) this.#open.set(id, command);
  }
}

function toMessage(command: Command): CommandMessage {
  const { id, name, params, deadline } = command;
  return { id, name, params: params ?? null, deadline };
}
