import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Range } from "../../components/row-window.ts";
import { type DeviceResource, deviceRows, type ListDevicesQuery, listDevices } from "../../data/devices.ts";
import { type ApiError, asApiError, isAbort } from "../../data/problem.ts";
import { Retry } from "../../state/retry.ts";

/** How many devices are asked for at once. */
const PAGE = 100;
/** Pages kept; those longest unseen are dropped, so that a long scroll takes no more memory than a short one. */
const MOST_PAGES = 30;
/** While the list is flung past, nothing is asked for. */
const SETTLE_MS = 50;

/** A list of any length, of which the pages in sight are known. */
export class DeviceList implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #pages = new Map<number, readonly string[]>();
  readonly #rows = new Map<string, DeviceResource>();
  readonly #loading = new Map<number, AbortController>();
  #query: ListDevicesQuery = {};
  #range: Range = { first: 0, end: PAGE };
  #settling: ReturnType<typeof setTimeout> | undefined;
  readonly #retry = new Retry(() => this.refresh());
  /** Undefined until the first answer. */
  total: number | undefined;
  error: ApiError | undefined;
  /** What is shown belongs to the query before. */
  stale = false;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostDisconnected(): void {
    clearTimeout(this.#settling);
    this.#retry.stop();
    this.#abort();
  }

  /** The device at an index; undefined: not known yet. */
  at(index: number): DeviceResource | undefined {
    const id = this.#pages.get(Math.floor(index / PAGE))?.[index % PAGE];
    return id === undefined ? undefined : this.#rows.get(id);
  }

  /** The devices of its first page, as far as they are known. */
  get first(): readonly DeviceResource[] {
    return (this.#pages.get(0) ?? []).flatMap((id) => this.#rows.get(id) ?? []);
  }

  /** The same for as long as the same is asked for. */
  get name(): string {
    return JSON.stringify(this.#query);
  }

  row(id: string): DeviceResource | undefined {
    return this.#rows.get(id);
  }

  /** The ids in sight, as far as they are known. */
  get visible(): readonly string[] {
    const ids: string[] = [];
    for (let index = this.#range.first; index < this.#range.end; index++) {
      const device = this.at(index);
      if (device) ids.push(device.id);
    }
    return ids;
  }

  /** The ids of all that match; undefined if they are more than so many. @throws ApiError */
  async members(most: number): Promise<ReadonlySet<string> | undefined> {
    const { total } = await listDevices({ ...this.#query, limit: 1 });
    return total > most ? undefined : new Set(await this.collect(most));
  }

  /** The ids of all that match, up to so many. @throws ApiError */
  async collect(most: number): Promise<readonly string[]> {
    const ids: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null && ids.length < most; ) {
      const { items, next } = await listDevices({ ...this.#query, limit: 1_000, ...(cursor && { cursor }) });
      for (const { id } of items) ids.push(id);
      cursor = next;
    }
    return ids.slice(0, most);
  }

  /** Another list. What was shown stays until the first page of the new one is here. */
  show(query: ListDevicesQuery): void {
    this.#query = query;
    this.#abort();
    this.stale = this.total !== undefined;
    this.error = undefined;
    void this.#load(0, true);
  }

  /** Reads what is in sight again: order and members too. */
  refresh(): void {
    // A list that is still to come is as fresh as can be; one whose first page failed is tried again.
    if (this.stale || this.total === undefined) {
      if (!this.#loading.has(0)) void this.#load(0, true);
      return;
    }
    for (const page of [...this.#pages.keys()]) if (!this.#inSight(page)) this.#pages.delete(page);
    for (const page of this.#sight()) void this.#load(page);
  }

  see(range: Range): void {
    this.#range = range;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#fill(), this.total === undefined ? 0 : SETTLE_MS);
  }

  /** Reads these rows again where they are; their places stay. */
  async update(ids: readonly string[]): Promise<readonly string[]> {
    const known = ids.filter((id) => this.#rows.has(id));
    const changed: string[] = [];
    for (const device of await deviceRows(known)) {
      const before = this.#rows.get(device.id);
      if (before === undefined || before.seq > device.seq) continue;
      if (before.status !== device.status) changed.push(device.id);
      this.#rows.set(device.id, device);
    }
    this.#host.requestUpdate();
    return changed;
  }

  #fill(): void {
    for (const [page, loading] of this.#loading) if (!this.#inSight(page) && page !== 0) loading.abort();
    if (this.stale) return;
    for (const page of this.#sight()) if (!this.#pages.has(page) && !this.#loading.has(page)) void this.#load(page);
  }

  async #load(page: number, anew = false): Promise<void> {
    this.#loading.get(page)?.abort();
    const loading = new AbortController();
    this.#loading.set(page, loading);
    try {
      const query = { ...this.#query, offset: page * PAGE, limit: PAGE };
      const { items, total } = await listDevices(query, loading.signal);
      if (this.#loading.get(page) !== loading) return;
      if (anew) this.#clear();
      this.total = total;
      this.error = undefined;
      this.#retry.stop();
      this.#keep(page, items);
    } catch (thrown) {
      if (!isAbort(thrown)) {
        this.error = asApiError(thrown);
        this.#retry.failed(this.error);
      }
    }
    if (this.#loading.get(page) === loading) this.#loading.delete(page);
    this.#host.requestUpdate();
    if (anew) this.#fill();
  }

  #keep(page: number, items: readonly DeviceResource[]): void {
    this.#pages.delete(page);
    this.#pages.set(
      page,
      items.map(({ id }) => id),
    );
    for (const device of items) this.#rows.set(device.id, device);
    for (const [oldest, ids] of this.#pages) {
      if (this.#pages.size <= MOST_PAGES) break;
      if (this.#inSight(oldest)) continue;
      this.#pages.delete(oldest);
      for (const id of ids) this.#rows.delete(id);
    }
  }

  #clear(): void {
    this.#pages.clear();
    this.#rows.clear();
    this.stale = false;
  }

  #abort(): void {
    for (const loading of this.#loading.values()) loading.abort();
    this.#loading.clear();
  }

  #sight(): number[] {
    const last = Math.max(0, Math.min(this.#range.end, this.total ?? PAGE) - 1);
    const [from, to] = [Math.floor(this.#range.first / PAGE), Math.floor(last / PAGE)];
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
  }

  #inSight(page: number): boolean {
    return (page + 1) * PAGE > this.#range.first && page * PAGE < this.#range.end;
  }
}
