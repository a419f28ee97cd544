import { type Command, commandDecider, hasEnded } from "@fleetlog/domain";
import type { Views } from "@fleetlog/fleet";
import type { EventLog } from "@fleetlog/log";
import type { CancelReason, CommandResource, LiveMessages } from "@fleetlog/protocol";
import { LazyMap, LazySet } from "@fleetlog/runtime";
import type { Logger } from "pino";
import { persist } from "../persist.ts";

const LIVE_MESSAGE_MS = 1_000;

export interface OpenCommandsOptions {
  readonly device: string;
  readonly epoch: number;
  readonly log: EventLog;
  readonly views: Views;
  readonly logger: Logger;
  readonly capacity: number;
}

export interface OpenCommandsListener {
  /** Called when the commands in memory may be delivered: after a load of commands, or when no load is possible. */
  offer(): void;
  /** Called for a loaded command that has ended during the query. */
  cancelIfReceived(command: CommandResource, reason: CancelReason | undefined): void;
}

/**
 * The open commands of one session in the order of issue. At most `capacity` are in memory; the rest only in the views.
 */
export class OpenCommands {
  readonly #options: OpenCommandsOptions;
  readonly #listener: OpenCommandsListener;
  readonly #open = new LazyMap<string, Command>();
  /** Ids of commands to deliver. */
  readonly due = new LazySet<string>();
  /** Ids of commands whose delivery in this session is recorded: once for each command. */
  readonly delivered = new LazySet<string>();
  /** Commands that ended during a query of pending commands: the result may still contain them. */
  readonly #endedDuringRefill = new LazyMap<string, CancelReason | undefined>();
  /** Ids of commands whose end has not come from the log yet. If their CommandIssued comes, it must be ignored. */
  readonly #endedBeforeLog = new LazySet<string>();
  readonly #awaitingLiveMessage = new LazySet<string>();
  #refillTimer: NodeJS.Timeout | undefined;
  #refills = 0;
  #held = true;
  /** The log has newer commands for which memory had no room. */
  #overflowed = false;
  /** While `#overflowed`: every pending command up to this log sequence is in memory. */
  #loadedThrough = 0;
  /** Since the last query of pending commands, a command was issued for which there was no room. */
  #missed = false;
  #loadingMore = false;
  #closed = false;

  constructor(options: OpenCommandsOptions, listener: OpenCommandsListener) {
    this.#options = options;
    this.#listener = listener;
  }

  /** Whether deliveries must wait for a query. */
  get held(): boolean {
    return this.#held;
  }

  get closed(): boolean {
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
    this.#open.clear();
    this.due.clear();
    this.delivered.clear();
    this.#endedBeforeLog.clear();
    clearTimeout(this.#refillTimer);
  }

  has(id: string): boolean {
    return this.#open.has(id);
  }

  get(id: string): Command | undefined {
    return this.#open.get(id);
  }

  values(): IterableIterator<Command> {
    return this.#open.values();
  }

  update(command: Command): void {
    this.#open.set(command.id, command);
  }

  /** @returns whether the command is to be delivered now */
  addCommand(event: LiveMessages["command"]["event"]): boolean {
    const { command: id } = event.data;
    this.#awaitingLiveMessage.delete(id);
    if (this.#closed || this.#open.has(id) || this.#endedBeforeLog.has(id)) return false;
    if (this.#overflowed || this.#open.size >= this.#options.capacity) {
      const before = event.seq - 1;
      this.#loadedThrough = this.#overflowed ? Math.min(this.#loadedThrough, before) : before;
      this.#overflowed = true;
      this.#missed = true;
      return false;
    }
    const command = commandDecider.evolve(undefined, event);
    if (command === undefined) return false;
    this.#add(command);
    this.#sort();
    return true;
  }

  /** @returns false if the command was not in memory */
  drop(id: string, reason: CancelReason | undefined): boolean {
    const loading = this.#refills > 0 || this.#loadingMore;
    if (loading && !this.#endedDuringRefill.has(id)) this.#endedDuringRefill.set(id, reason);
    this.due.delete(id);
    this.delivered.delete(id);
    if (!this.#open.delete(id)) return false;
    this.#endedBeforeLog.add(id);
    return true;
  }

  /**
   * Call when the command's end was read from the log: its CommandIssued, which was earlier in the log, can't come any
   * more.
   */
  endIsInLog(id: string): void {
    this.#endedBeforeLog.delete(id);
  }

  /**
   * Loads all pending commands that were issued before the call, and retries until that succeeds. Newer commands wait,
   * except while the views are unavailable.
   */
  async refill(): Promise<void> {
    this.#refills++;
    this.#held = true;
    await persist(
      () => this.#load(0),
      () => this.#closed,
      (err, waitMs) => {
        this.#warn(err, waitMs);
        this.#held = false;
        this.#listener.offer();
      },
    );
    if (--this.#refills > 0) return;
    this.#endedDuringRefill.clear();
    this.#held = false;
    this.#listener.offer();
    this.loadMoreIfRoom();
  }

  loadMoreIfRoom(): void {
    if (!this.#overflowed || this.#closed || this.#refills > 0 || this.#loadingMore) return;
    if (this.#open.size < this.#options.capacity) void this.#loadMore();
  }

  /**
   * Queries the views for pending commands if the live message does not come in time. CommandIssued from the log does
   * not suffice: a node that was cut off may append it after another node has ended the command.
   */
  expectLiveMessage(id: string): void {
    if (this.#closed || this.#open.has(id) || this.#endedBeforeLog.has(id)) return;
    if (this.#overflowed) {
      this.#missed = true;
      return;
    }
    this.#awaitingLiveMessage.add(id);
    this.#refillTimer ??= setTimeout(() => {
      this.#refillTimer = undefined;
      const missing = this.#awaitingLiveMessage.size > 0;
      this.#awaitingLiveMessage.clear();
      if (missing) void this.refill();
    }, LIVE_MESSAGE_MS);
  }

  /** Loads the pending commands after the log sequence `after`. */
  async #load(after: number): Promise<void> {
    const { device, log, views, capacity } = this.#options;
    this.#missed = false;
    // Most devices never had a command, and one read of the log is cheaper than the query.
    const last = await log.last("command", device);
    if (last === undefined || this.#closed) return;
    const room = capacity - [...this.#open.values()].filter(({ seq }) => seq <= after).length;
    const pending: CommandResource[] = [];
    // A page of large commands may be short, so only an empty page is the end.
    for (let more = true; more && pending.length <= room; ) {
      const params = { device, after: pending.at(-1)?.seq ?? after, limit: room + 1 - pending.length };
      const page = await views.query("commands.pending", params, { atLeast: last.seq });
      if (this.#closed) return;
      pending.push(...page);
      more = page.length > 0;
    }
    const fitting = pending.slice(0, room);
    for (const command of fitting) {
      const { id } = command;
      if (this.#open.has(id)) continue;
      if (!this.#endedDuringRefill.has(id)) this.#add(command as Command);
      else this.#listener.cancelIfReceived(command, this.#endedDuringRefill.get(id));
    }
    this.#loadedThrough = fitting.at(-1)?.seq ?? after;
    this.#overflowed = fitting.length < pending.length || this.#missed;
    if (fitting.length < pending.length) this.#dropAfter(this.#loadedThrough);
    this.#sort();
  }

  /** Loads commands for which there was no room before. Deliveries continue. */
  async #loadMore(): Promise<void> {
    this.#loadingMore = true;
    await persist(
      () => this.#load(this.#loadedThrough),
      () => this.#closed,
      (err, waitMs) => this.#warn(err, waitMs),
    );
    this.#loadingMore = false;
    if (this.#refills === 0) this.#endedDuringRefill.clear();
    this.#listener.offer();
    this.loadMoreIfRoom();
  }

  /** Drops the undelivered commands newer than `seq`, since older ones come first. They are loaded again later. */
  #dropAfter(seq: number): void {
    for (const command of this.#open.values()) {
      if (command.seq <= seq || this.delivered.has(command.id)) continue;
      this.#open.delete(command.id);
      this.due.delete(command.id);
    }
  }

  #add(command: Command): void {
    this.#open.set(command.id, command);
    this.due.add(command.id);
  }

  #sort(): void {
    const entries = [...this.#open].sort(([, a], [, b]) => a.seq - b.seq);
    this.#open.clear();
    for (const [id, command] of entries) if (!hasEnded(command)) this.#open.set(id, command);
  }

  #warn(err: unknown, waitMs: number): void {
    const { logger, device, epoch } = this.#options;
    logger.child({ device, epoch }).warn({ err, waitMs }, "could not load pending commands; trying again");
  }
}
