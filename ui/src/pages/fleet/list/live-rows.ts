import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Range } from "../../../components/lists/row-window.ts";
import { type FleetSummary, MAX_ROWS } from "../../../data/devices.ts";
import { isAbort } from "../../../data/problem.ts";
import { connection } from "../../../state/connection.ts";
import { InUse } from "../../../state/in-use.ts";
import { WatchController } from "../../../state/watch.ts";
import type { DeviceList } from "./device-list.ts";

/** Rows must stay visible this long before they are watched. */
const SETTLE_MS = 250;
const UPDATE_MS = 250;
/** Least time between two updates of the order. */
const REORDER_MS = 3_000;
/** How long a row whose status has changed is highlighted. */
const FRESH_MS = 1_600;

/**
 * Keeps the visible rows up to date in place. While the operator uses the list, changes that would move a visible row
 * wait, and `pending` is set.
 */
export class LiveRows implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #list: DeviceList;
  readonly #changed = new Set<string>();
  #keys: readonly string[] = [];
  #settling: ReturnType<typeof setTimeout> | undefined;
  #updating: ReturnType<typeof setTimeout> | undefined;
  #reordering: ReturnType<typeof setTimeout> | undefined;
  readonly #visible: () => Range | undefined;
  readonly #isPast: () => boolean;
  #reordered = 0;
  /** Counts of the fleet. If they change, the list may have other rows or another order. */
  #members = "";
  #live = true;
  #end: () => void = () => {};
  readonly use: InUse;
  pending = false;
  /** Ids of the highlighted rows. */
  fresh: ReadonlySet<string> = new Set();

  /**
   * @param visible the rows that the operator sees
   * @param isPast whether the list is of the past, which does not change
   */
  constructor(
    host: ReactiveControllerHost,
    list: DeviceList,
    visible: () => Range | undefined,
    isPast: () => boolean = () => false,
  ) {
    this.#host = host;
    this.#list = list;
    this.#visible = visible;
    this.#isPast = isPast;
    this.use = new InUse(host, () => {
      if (this.pending) this.refresh();
    });
    new WatchController(
      host,
      () => (isPast() || this.#keys.length === 0 ? undefined : { topic: "devices", keys: [...this.#keys] }),
      ({ keys }) => this.#note(keys ?? this.#keys),
    );
    host.addController(this);
  }

  hostConnected(): void {
    this.#end = connection.subscribe(({ state }) => {
      const returned = state === "open" && !this.#live;
      this.#live = state === "open" || (this.#live && state === "connecting");
      // The list may have changed while the connection was lost.
      if (returned) this.#reorder();
    });
  }

  hostDisconnected(): void {
    this.#end();
    clearTimeout(this.#settling);
    clearTimeout(this.#updating);
    clearTimeout(this.#reordering);
    this.#settling = undefined;
    this.#updating = undefined;
    this.#reordering = undefined;
  }

  hostUpdate(): void {
    if (this.#isPast()) this.pending = false;
  }

  hostUpdated(): void {
    if (this.#settling === undefined && !this.#isWatched(this.#list.visible)) this.visibleChanged();
  }

  visibleChanged(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      this.#settling = undefined;
      this.#keys = this.#list.visible.slice(0, MAX_ROWS);
      this.#host.requestUpdate();
    }, SETTLE_MS);
  }

  /** @param follows whether statuses affect the list's members or their order */
  summarized({ total, byStatus }: FleetSummary, follows: boolean): void {
    const members = follows ? JSON.stringify(byStatus) : String(total);
    const before = this.#members;
    this.#members = members;
    if (before !== "" && before !== members) this.#reorder();
  }

  refresh(): void {
    this.pending = false;
    this.#list.refresh();
    this.#host.requestUpdate();
  }

  #isWatched(ids: readonly string[]): boolean {
    return ids.length === this.#keys.length && ids.every((id, index) => id === this.#keys[index]);
  }

  #reorder(): void {
    if (this.#isPast()) return;
    this.#reordering ??= setTimeout(
      () => {
        this.#reordering = undefined;
        this.#reordered = Date.now();
        void this.#apply();
      },
      Math.max(0, this.#reordered + REORDER_MS - Date.now()),
    );
  }

  async #apply(): Promise<void> {
    if (this.#isPast()) return;
    if (!this.use.value) return this.refresh();
    try {
      const moves = await this.#list.refreshIfUnmoved(this.#visible());
      if (!moves) return;
    } catch (error) {
      // The rows stay. When the gateway is back, the feed reports that anything may have changed.
      console.debug("could not read the order", error);
      return;
    }
    if (!this.use.value) return this.refresh();
    this.pending = !this.#isPast();
    this.#host.requestUpdate();
  }

  #note(keys: readonly string[]): void {
    for (const key of keys) this.#changed.add(key);
    this.#updating ??= setTimeout(() => void this.#update(), UPDATE_MS);
  }

  async #update(): Promise<void> {
    const ids = [...this.#changed].slice(0, MAX_ROWS);
    for (const id of ids) this.#changed.delete(id);
    try {
      if (!this.#isPast()) this.#flash(await this.#list.update(ids));
    } catch (error) {
      // The rows stay. When the gateway is back, the feed reports that anything may have changed.
      if (!isAbort(error)) console.debug("could not update the rows", error);
    }
    this.#updating = undefined;
    if (this.#changed.size > 0) this.#note([]);
  }

  #flash(ids: readonly string[]): void {
    if (ids.length === 0) return;
    const fresh = new Set(ids);
    this.fresh = fresh;
    this.#host.requestUpdate();
    setTimeout(() => {
      if (this.fresh === fresh) this.fresh = new Set();
      this.#host.requestUpdate();
    }, FRESH_MS);
  }
}
