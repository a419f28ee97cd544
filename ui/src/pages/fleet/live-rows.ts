import type { ReactiveController, ReactiveControllerHost } from "lit";
import { type FleetSummary, MAX_ROWS } from "../../data/devices.ts";
import { isAbort } from "../../data/problem.ts";
import { connection } from "../../state/connection.ts";
import { WatchController } from "../../state/watch.ts";
import type { DeviceList } from "./device-list.ts";

/** After scrolling, what came into sight is watched once it stays. */
const SETTLE_MS = 250;
/** Changed rows are read at most so often, all at once. */
const UPDATE_MS = 250;
/** The order follows the fleet at most so often, and only while nobody points at a row. */
const REORDER_MS = 3_000;
/** Longer than it takes to look at a row and to press Enter on it. */
const WALK_MS = 10_000;
const FRESH_MS = 1_600;

/**
 * Keeps the rows in sight up to date where they stand. Which rows there are, and their order, is read again only when
 * no row can slip from under the pointer or from under the keyboard; until then `pending` says that the list has changed.
 */
export class LiveRows implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #list: DeviceList;
  readonly #changed = new Set<string>();
  #keys: readonly string[] = [];
  #settling: ReturnType<typeof setTimeout> | undefined;
  #updating: ReturnType<typeof setTimeout> | undefined;
  #reordering: ReturnType<typeof setTimeout> | undefined;
  #pointed = false;
  #walking: ReturnType<typeof setTimeout> | undefined;
  #reordered = 0;
  #members = "";
  #live = true;
  #end: () => void = () => {};
  pending = false;
  fresh: ReadonlySet<string> = new Set();

  constructor(host: ReactiveControllerHost, list: DeviceList) {
    this.#host = host;
    this.#list = list;
    new WatchController(
      host,
      () => (this.#keys.length === 0 ? undefined : { topic: "devices", keys: [...this.#keys] }),
      ({ keys }) => this.#note(keys ?? this.#keys),
    );
    host.addController(this);
  }

  hostConnected(): void {
    this.#end = connection.subscribe(({ state }) => {
      const returned = state === "open" && !this.#live;
      this.#live = state === "open" || (this.#live && state === "connecting");
      // Who knows what has come and gone in the gap.
      if (returned) this.#reorder();
    });
  }

  hostDisconnected(): void {
    this.#end();
    clearTimeout(this.#settling);
    clearTimeout(this.#updating);
    clearTimeout(this.#reordering);
    clearTimeout(this.#walking);
    this.#walking = undefined;
    this.#settling = undefined;
    this.#updating = undefined;
    this.#reordering = undefined;
  }

  hostUpdated(): void {
    // Pages that have come since, or come anew in another order, bring other rows into sight.
    if (this.#settling === undefined && !this.#isWatched(this.#list.visible)) this.sighted();
  }

  sighted(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      this.#settling = undefined;
      this.#keys = this.#list.visible.slice(0, MAX_ROWS);
      this.#host.requestUpdate();
    }, SETTLE_MS);
  }

  /** Nothing may move: somebody points at the rows, or walks through them by keyboard. */
  get held(): boolean {
    return this.#pointed || this.#walking !== undefined;
  }

  pointed(on: boolean): void {
    this.#pointed = on;
    this.#let();
  }

  /** A step by keyboard: what is under it stays there until a while after the last one. */
  walked(): void {
    clearTimeout(this.#walking);
    this.#walking = setTimeout(() => {
      this.#walking = undefined;
      this.#let();
    }, WALK_MS);
    this.#host.requestUpdate();
  }

  #let(): void {
    if (!this.held && this.pending) this.refresh();
    this.#host.requestUpdate();
  }

  /** @param follows whether a change of status changes which rows there are, or their order */
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
    this.#reordering ??= setTimeout(
      () => {
        this.#reordering = undefined;
        this.#reordered = Date.now();
        if (!this.held) return this.refresh();
        this.pending = true;
        this.#host.requestUpdate();
      },
      Math.max(0, this.#reordered + REORDER_MS - Date.now()),
    );
  }

  #note(keys: readonly string[]): void {
    for (const key of keys) this.#changed.add(key);
    this.#updating ??= setTimeout(() => void this.#update(), UPDATE_MS);
  }

  async #update(): Promise<void> {
    const ids = [...this.#changed].slice(0, MAX_ROWS);
    for (const id of ids) this.#changed.delete(id);
    try {
      this.#flash(await this.#list.update(ids));
    } catch (error) {
      // The rows stay as they are; once the gateway is back the feed asks for all of them.
      if (!isAbort(error)) console.debug("rows were not updated", error);
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
