import type { Command } from "@fleetlog/domain";
import { type EndedSessions, giveUpCommand, sessionsEndedBy, type Writer } from "@fleetlog/fleet";
import type { EventLog } from "@fleetlog/log";
import type { Logger } from "pino";

/** A command that has ended this many sessions is a suspect, and is delivered alone. */
const SUSPECT_AFTER = 2;
/** A command that has ended this many sessions is given up. A device that only sleeps does not end sessions so fast. */
const GIVEN_UP_AFTER = 5;
/** A session that lasts this long after a delivery was not ended by the command. */
const ALONE_MS = 10_000;

export interface SuspectCommandsOptions {
  readonly log: EventLog;
  readonly writer: Writer;
  readonly logger: Logger;
  readonly onFree: () => void;
}

/**
 * Finds commands that end sessions, because the device crashes or its answer is too large. A suspect is delivered
 * alone, so that no other command is blamed.
 */
export class SuspectCommands {
  readonly #options: SuspectCommandsOptions;
  readonly #counts = new Map<string, number>();
  /** The suspect that was delivered last, for ten seconds. */
  #alone: { readonly id: string; readonly timer: NodeJS.Timeout } | undefined;

  constructor(options: SuspectCommandsOptions) {
    this.#options = options;
  }

  /** Whether the command must wait for the effect of another command. */
  mustWait(id: string): boolean {
    return this.#alone !== undefined && this.#alone.id !== id;
  }

  /** False if the command is given up; undefined if it may be delivered at once. */
  mayDeliver(command: Command): Promise<boolean> | undefined {
    return command.deliveries < SUSPECT_AFTER ? undefined : this.#mayDeliver(command);
  }

  delivered(id: string): void {
    if ((this.#counts.get(id) ?? 0) < SUSPECT_AFTER || this.#alone !== undefined) return;
    this.#alone = { id, timer: setTimeout(() => this.#free(), ALONE_MS).unref() };
  }

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
