import type { Command } from "@fleetlog/domain";
import { type EndedSessions, giveUpCommand, sessionsEndedBy, type Writer } from "@fleetlog/fleet";
import type { EventLog } from "@fleetlog/log";
import type { Logger } from "pino";

/** A command that has ended so many sessions is a suspect: it is delivered alone. */
const SUSPECT_AFTER = 2;
/**
 * A command that has ended so many sessions is given up. A device that sleeps ends sessions, too, but not every session
 * within seconds of a delivery.
 */
const GIVEN_UP_AFTER = 5;
/** A session that lives for so long after a delivery was not ended by it. */
const ALONE_MS = 10_000;

export interface SessionEndersOptions {
  readonly log: EventLog;
  readonly writer: Writer;
  readonly logger: Logger;
  /** Called when other commands may be delivered again. */
  readonly onFree: () => void;
}

/**
 * Finds commands whose deliveries have ended earlier sessions of the device, because the device crashes, or its answer
 * is larger than is accepted. Without this, such a command would be delivered in every session until its deadline, and
 * hold up all commands that wait behind it. A suspect is delivered alone, so that the end of the session is not blamed
 * on another command.
 */
export class SessionEnders {
  readonly #options: SessionEndersOptions;
  /** By id: how many sessions the command has ended before this session. */
  readonly #counts = new Map<string, number>();
  /** The suspect that was delivered last, while its effect is awaited. */
  #alone: { readonly id: string; readonly timer: NodeJS.Timeout } | undefined;

  constructor(options: SessionEndersOptions) {
    this.#options = options;
  }

  /** Whether the command must wait until the effect of another command is known. */
  mustWait(id: string): boolean {
    return this.#alone !== undefined && this.#alone.id !== id;
  }

  /**
   * Resolves true if the command may be delivered, false if it was given up. Undefined: the command is no suspect, and
   * may be delivered at once.
   */
  mayDeliver(command: Command): Promise<boolean> | undefined {
    return command.deliveries < SUSPECT_AFTER ? undefined : this.#mayDeliver(command);
  }

  delivered(id: string): void {
    if ((this.#counts.get(id) ?? 0) < SUSPECT_AFTER || this.#alone !== undefined) return;
    this.#alone = { id, timer: setTimeout(() => this.#free(), ALONE_MS).unref() };
  }

  /** The command has ended. */
  ended(id: string): void {
    this.#counts.delete(id);
    if (this.#alone?.id === id) this.#free();
  }

  close(): void {
    clearTimeout(this.#alone?.timer);
    this.#counts.clear();
  }

  async #mayDeliver(command: Command): Promise<boolean> {
    const { id } = command;
    if (this.#counts.has(id)) return true;
    const { count, last } = await this.#sessionsEndedBy(command);
    this.#counts.set(id, count);
    if (count < GIVEN_UP_AFTER) return true;
    const { writer, logger } = this.#options;
    try {
      await giveUpCommand({ writer }, command, { sessions: count, reason: last ?? "lost" });
      logger.warn({ command: id, sessions: count }, `gave up a command that ends its device's sessions: ${last}`);
      return false;
    } catch (error) {
      logger.warn({ err: error, command: id }, "could not record that a command was given up; delivering it");
      return true;
    }
  }

  async #sessionsEndedBy(command: Command): Promise<EndedSessions> {
    const { log, logger } = this.#options;
    try {
      return await sessionsEndedBy(log, command);
    } catch (error) {
      logger.warn({ err: error, command: command.id }, "could not read how a command's sessions ended");
      return { count: 0, last: undefined };
    }
  }

  #free(): void {
    clearTimeout(this.#alone?.timer);
    this.#alone = undefined;
    this.#options.onFree();
  }
}
