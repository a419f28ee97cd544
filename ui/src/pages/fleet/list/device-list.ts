import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Range } from "../../../components/lists/row-window.ts";
import { type DeviceResource, type DevicesQuery, deviceRows, listDevices } from "../../../data/devices.ts";
import { type ApiError, asApiError, isAbort } from "../../../data/problem.ts";
import { Retry } from "../../../state/retry.ts";
import { LoadedPages, PAGE } from "./loaded-pages.ts";
import { allMatchingIds, matchingIds } from "./matching-ids.ts";
import { pageOf, type ReadPages, readPages } from "./read-pages.ts";
import { VisibleRange } from "./visible-range.ts";

/** Scrolling must pause this long before pages are requested. */
const SETTLE_MS = 50;

/** A device list of any length; loads only the visible pages. */
export class DeviceList implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #pages = new LoadedPages();
  readonly #loading = new Map<number, AbortController>();
  #query: DevicesQuery = {};
  /** Cursor of the answer that the loaded pages belong to; other pages are read from the same answer. */
  #within: string | undefined;
  /**
   * The visible pages were loaded again, because the gateway no longer kept their answer. They are not loaded again
   * twice in a row.
   */
  #renewed = false;
  readonly #visible = new VisibleRange();
  #settling: ReturnType<typeof setTimeout> | undefined;
  readonly #retry = new Retry(() => this.refresh());
  #isGone = false;
  /** Matching devices; undefined until the first answer. */
  total: number | undefined;
  error: ApiError | undefined;
  /** The rows belong to the previous query. */
  stale = false;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    this.#isGone = false;
  }

  hostDisconnected(): void {
    this.#isGone = true;
    clearTimeout(this.#settling);
    this.#retry.stop();
    this.#abort();
  }

  at(index: number): DeviceResource | undefined {
    return this.#pages.at(index);
  }

  indexOf(id: string): number {
    return this.#pages.indexOf(id);
  }

  get first(): readonly DeviceResource[] {
    return this.#pages.first;
  }

  /** Names the list; the same for all moments of the past. */
  get name(): string {
    const { at: _, ...query } = this.#query;
    return JSON.stringify(query);
  }

  row(id: string): DeviceResource | undefined {
    return this.#pages.row(id);
  }

  get visible(): readonly string[] {
    const ids: string[] = [];
    for (let index = this.#visible.range.first; index < this.#visible.range.end; index++) {
      const device = this.at(index);
      if (device) ids.push(device.id);
    }
    return ids;
  }

  /**
   * The ids of all matching devices; undefined if more than `most`.
   * @throws ApiError
   */
  members(most: number): Promise<ReadonlySet<string> | undefined> {
    return allMatchingIds(this.#query, most);
  }

  /**
   * The ids of the matching devices, at most `most`.
   * @throws ApiError
   */
  collect(most: number): Promise<readonly string[]> {
    return matchingIds(this.#query, most);
  }

  /**
   * Changes the query. The rows stay until the first page of the new list is loaded. If only the moment of the list
   * changes, they stay until all visible pages are loaded.
   */
  show(query: DevicesQuery): void {
    const before = this.name;
    this.#query = query;
    this.#within = undefined;
    this.#abort();
    this.stale = this.total !== undefined;
    this.error = undefined;
    void (this.stale && this.name === before ? this.#loadVisible() : this.#load(0, true));
  }

  /** Loads the visible pages again, so that a new order and new members appear. */
  refresh(): void {
    // If there is no first page, load it, or wait for the load under way.
    if (this.stale || this.total === undefined) {
      if (!this.#loading.has(0)) void this.#load(0, true);
      return;
    }
    this.#pages.forgetAllBut((page) => this.#visible.has(page));
    this.#within = undefined;
    const [first = 0, ...others] = this.#visiblePages();
    void this.#load(first).then(() => {
      for (const page of others) void this.#load(page);
    });
  }

  /**
   * Loads the visible pages again, but applies them only if every visible row keeps its place.
   * @param visible the rows that the operator sees; default: the range of the last `setVisible`
   * @returns whether a visible row would have moved
   * @throws ApiError
   */
  async refreshIfUnmoved(visible: Range = this.#visible.range): Promise<boolean> {
    if (this.stale || this.total === undefined) return false;
    const query = this.#query;
    const found = await this.#readVisible();
    if (query !== this.#query) return false;
    const next = found.pages;
    for (let index = visible.first; index < visible.end; index++) {
      const known = this.#pages.idAt(index);
      const items = next.get(Math.floor(index / PAGE));
      if (items !== undefined && items[index % PAGE]?.id !== known) return true;
    }
    this.#pages.forgetAllBut((page) => next.has(page));
    this.#take(found);
    return false;
  }

  /** Call when other rows become visible. */
  setVisible(range: Range): void {
    this.#visible.range = range;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#fill(), this.total === undefined ? 0 : SETTLE_MS);
  }

  /**
   * Loads these rows again without changing their order.
   * @returns the ids whose status changed
   */
  async update(ids: readonly string[]): Promise<readonly string[]> {
    const known = ids.filter((id) => this.#pages.row(id) !== undefined);
    const changed: string[] = [];
    const query = this.#query;
    const rows = await deviceRows(known);
    // Another list is shown now, perhaps one of the past, to which these rows of the present do not belong.
    if (query !== this.#query) return [];
    for (const device of rows) {
      const before = this.#pages.row(device.id);
      if (before === undefined || before.seq > device.seq) continue;
      if (before.status !== device.status) changed.push(device.id);
      this.#pages.update(device);
    }
    this.#host.requestUpdate();
    return changed;
  }

  #fill(): void {
    for (const [page, loading] of this.#loading) if (!this.#visible.has(page) && page !== 0) loading.abort();
    if (this.stale) return;
    for (const page of this.#visiblePages())
      if (!this.#pages.has(page) && !this.#loading.has(page)) void this.#load(page);
  }

  /** @param anew the page replaces all rows, which belong to an earlier query */
  async #load(page: number, anew = false): Promise<void> {
    // The end of another load, or a late update of the host, may call this after the disconnection.
    if (this.#isGone) return;
    this.#loading.get(page)?.abort();
    const loading = new AbortController();
    this.#loading.set(page, loading);
    try {
      const { items, total, next, changed } = await listDevices(
        pageOf(this.#query, page, this.#within),
        loading.signal,
      );
      if (this.#loading.get(page) !== loading) return;
      if (changed && !this.#renewed) {
        // The gateway no longer keeps the answer that the loaded pages are from, so all visible pages are loaded again.
        this.#renewed = true;
        this.#loading.delete(page);
        this.refresh();
        return;
      }
      if (!changed && this.#within !== undefined) this.#renewed = false;
      this.#within ??= next ?? undefined;
      if (anew) this.#clear();
      this.total = total;
      this.error = undefined;
      this.#retry.stop();
      this.#keep(page, items);
    } catch (thrown) {
      this.#failed(thrown);
    }
    if (this.#loading.get(page) === loading) this.#loading.delete(page);
    this.#host.requestUpdate();
    if (anew) this.#fill();
  }

  /** Replaces all rows at once when all visible pages are loaded. */
  async #loadVisible(): Promise<void> {
    if (this.#isGone) return;
    const loading = new AbortController();
    this.#loading.set(0, loading);
    try {
      const found = await this.#readVisible(loading.signal);
      if (this.#loading.get(0) !== loading) return;
      this.#clear();
      this.error = undefined;
      this.#retry.stop();
      this.#take(found);
    } catch (thrown) {
      this.#failed(thrown);
    }
    if (this.#loading.get(0) === loading) this.#loading.delete(0);
    this.#host.requestUpdate();
    this.#fill();
  }

  /** All visible pages, from one answer; the first page if the operator is beyond the end of the list. */
  #readVisible(signal?: AbortSignal): Promise<ReadPages> {
    const visible = this.#visiblePages();
    return readPages(this.#query, visible.length > 0 ? visible : [0], signal);
  }

  #take({ pages, total, within }: ReadPages): void {
    for (const [page, items] of pages) this.#keep(page, items);
    this.total = total ?? this.total;
    this.#within = within;
    this.#host.requestUpdate();
  }

  #failed(thrown: unknown): void {
    if (isAbort(thrown)) return;
    this.error = asApiError(thrown);
    this.#retry.failed(this.error);
  }

  #keep(page: number, items: readonly DeviceResource[]): void {
    this.#pages.keep(page, items, (one) => this.#visible.has(one));
  }

  #clear(): void {
    this.#pages.clear();
    this.stale = false;
  }

  #abort(): void {
    for (const loading of this.#loading.values()) loading.abort();
    this.#loading.clear();
  }

  #visiblePages(): readonly number[] {
    return this.#visible.pages(this.total);
  }
}
