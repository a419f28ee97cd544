import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Range } from "../../components/lists/row-window.ts";
import { type CommandPage, type ListCommandsQuery, listCommands } from "../../data/commands.ts";
import { type ApiError, asApiError, isAbort } from "../../data/problem.ts";
import { Retry } from "../../state/retry.ts";
import type { CommandRow } from "./command-row.ts";
import { outdated, PAGE, reread, rereadLimit, rowsOf, type Segment, segmentOf } from "./segments.ts";

/** Least time between two reads of already read segments. */
const PACE_MS = 500;
const MOST = 10_000;
/** A visible row this near to the end requests the next page. */
const AHEAD = 20;

/**
 * Commands, the newest first. Scrolling reads more; segments with changed commands are read again. While held, the list
 * adds and removes rows only if every visible row keeps its place, and otherwise sets `pending`.
 */
export class CommandList implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #load: (query: ListCommandsQuery, signal: AbortSignal) => Promise<CommandPage>;
  #query: ListCommandsQuery | undefined;
  #segments: readonly Segment[] = [];
  #range: Range = { first: 0, end: 0 };
  #running: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastRead = 0;
  /** The rows that the operator sees; undefined while the list is not held. */
  #held: (() => Range | undefined) | undefined;
  readonly #retry = new Retry(() => (this.rows === undefined || this.stale ? this.retry() : this.#go()));
  /** Matching commands; undefined until the first answer. */
  total: number | undefined;
  rows: readonly CommandRow[] | undefined;
  error: ApiError | undefined;
  /** The rows belong to the previous query. */
  stale = false;
  /** New commands that are not shown yet; -1: only other changes wait. */
  pending = 0;

  constructor(host: ReactiveControllerHost, load = listCommands) {
    this.#host = host;
    this.#load = load;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#stop();
    this.#query = undefined;
  }

  get more(): boolean {
    return this.#segments.at(-1)?.next != null && !this.full;
  }

  get full(): boolean {
    return (this.rows?.length ?? 0) >= MOST;
  }

  /** Changes the query. The rows stay until the first page of the new list is loaded. */
  show(query: ListCommandsQuery): void {
    if (this.#query !== undefined && JSON.stringify(query) === JSON.stringify(this.#query)) return;
    this.#stop();
    this.#query = query;
    this.stale = this.rows !== undefined;
    this.error = undefined;
    void this.#run((signal) => this.#begin(query, signal));
  }

  retry(): void {
    const query = this.#query;
    this.#query = undefined;
    if (query) this.show(query);
  }

  /** Call when other rows become visible. */
  setVisible(range: Range): void {
    this.#range = range;
    this.#go();
  }

  /** @param ids of changed commands; null: any command may have changed */
  changed(ids: readonly string[] | null): void {
    this.#segments = outdated(this.#segments, ids && new Set(ids));
    this.#go();
  }

  /**
   * @param held whether every visible row must keep its place
   * @param visible returns the rows that the operator sees
   */
  hold(held: boolean, visible: () => Range | undefined): void {
    this.#held = held ? visible : undefined;
    if (!held && this.pending !== 0) this.release();
  }

  release(): void {
    this.#apply(true);
    this.#go();
    this.#host.requestUpdate();
  }

  #go(): void {
    if (this.#running !== undefined || this.#query === undefined || this.rows === undefined || this.stale) return;
    const query = this.#query;
    const last = this.#segments.at(-1);
    if (last?.next != null && this.more && this.#range.end > this.rows.length - AHEAD) {
      const { next } = last;
      void this.#run((signal) => this.#readOn(query, next, signal));
      return;
    }
    // Stale segments are read again only if newest or visible. Gaps are always filled: missing rows would otherwise
    // appear while the operator scrolls.
    const seen = this.#segments.findIndex((segment, index) => segment.stale && (index === 0 || this.#isSeen(segment)));
    const stale = seen === -1 && !this.full ? this.#segments.findIndex(({ gap }) => gap) : seen;
    if (stale === -1) return;
    const wait = this.#lastRead + PACE_MS - Date.now();
    if (wait <= 0) void this.#run((signal) => this.#readAgain(query, stale, signal));
    else {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#go();
      }, wait);
    }
  }

  async #run(read: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const running = new AbortController();
    this.#running = running;
    this.#host.requestUpdate();
    try {
      await read(running.signal);
      this.error = undefined;
      this.#retry.stop();
    } catch (thrown) {
      if (this.#running !== running || isAbort(thrown)) return;
      this.error = asApiError(thrown);
      this.#retry.failed(this.error);
    }
    if (this.#running !== running) return;
    this.#running = undefined;
    this.#host.requestUpdate();
    // If the read has failed, a timer, the next change or the next scrolling starts a new read.
    if (this.error === undefined) this.#go();
  }

  async #begin(query: ListCommandsQuery, signal: AbortSignal): Promise<void> {
    this.#segments = [segmentOf(undefined, await this.#read({ ...query, limit: PAGE }, signal))];
    this.stale = false;
    this.#apply(true);
  }

  async #read(query: ListCommandsQuery, signal: AbortSignal): Promise<CommandPage> {
    const page = await this.#load(query, signal);
    this.total = page.total;
    return page;
  }

  async #readOn(query: ListCommandsQuery, cursor: string, signal: AbortSignal): Promise<void> {
    const segment = segmentOf(cursor, await this.#read({ ...query, limit: PAGE, cursor }, signal));
    this.#segments = [...this.#segments, segment];
    const oldest = this.rows?.at(-1)?.seq ?? Number.POSITIVE_INFINITY;
    this.rows = [...(this.rows ?? []), ...segment.rows.filter(({ seq }) => seq < oldest)];
  }

  async #readAgain(query: ListCommandsQuery, index: number, signal: AbortSignal): Promise<void> {
    const segment = this.#segments[index];
    if (segment === undefined) return;
    const { cursor } = segment;
    // The segment is marked as current before the read, so that a change during the read makes it stale again.
    this.#segments = this.#segments.with(index, { ...segment, stale: false });
    this.#lastRead = Date.now();
    try {
      const page = await this.#read({ ...query, limit: rereadLimit(segment), ...(cursor && { cursor }) }, signal);
      const changed = this.#segments[index]?.stale ?? false;
      const last = index === this.#segments.length - 1;
      const [first, ...rest] = reread(segment, page, last);
      this.#segments = this.#segments.toSpliced(index, 1, ...(first ? [{ ...first, stale: changed }] : []), ...rest);
    } catch (thrown) {
      this.#segments = this.#segments.with(index, { ...segment, stale: true });
      throw thrown;
    }
    this.#apply(this.#held === undefined);
  }

  /** @param all whether visible rows may move */
  #apply(all: boolean): void {
    const rows = rowsOf(this.#segments);
    const shown = this.rows ?? [];
    if (all || !this.#moves(rows, shown)) {
      this.rows = rows;
      this.pending = 0;
      return;
    }
    const byId = new Map(rows.map((row) => [row.id, row]));
    this.rows = shown.map((row) => byId.get(row.id) ?? row);
    const newest = shown[0]?.seq ?? 0;
    this.pending = rows.filter(({ seq }) => seq > newest).length || -1;
  }

  /** Whether `rows` instead of `shown` would change or move visible rows. */
  #moves(rows: readonly CommandRow[], shown: readonly CommandRow[]): boolean {
    const { first, end } = this.#held?.() ?? { first: 0, end: Math.max(rows.length, shown.length) };
    for (let index = first; index < end; index++) if (rows[index]?.id !== shown[index]?.id) return true;
    return false;
  }

  #isSeen({ rows, floor }: Segment): boolean {
    const seen = (this.rows ?? []).slice(this.#range.first, this.#range.end);
    const [newest, oldest] = [seen[0]?.seq ?? 0, seen.at(-1)?.seq ?? 0];
    return oldest <= (rows[0]?.seq ?? floor) && newest >= floor;
  }

  #stop(): void {
    this.#retry.stop();
    this.#running?.abort();
    this.#running = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
