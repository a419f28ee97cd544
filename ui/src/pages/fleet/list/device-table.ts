import { html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { RowCursor } from "../../../components/lists/row-cursor.ts";
import { type Range, RowWindow } from "../../../components/lists/row-window.ts";
import type { DeviceOrder, DeviceResource } from "../../../data/devices.ts";
import { now } from "../../../state/clock.ts";
import { navigate } from "../../../state/location.ts";
import { Narrow } from "../../../state/narrow.ts";
import { inPast } from "../../../state/past.ts";
import { paths } from "../../../state/paths.ts";
import { playing } from "../../../state/replay.ts";
import { StoreController } from "../../../state/store.ts";
import { base, checks } from "../../../styles/shared.ts";
import { tables } from "../../../styles/tables.ts";
import { ColumnWidths } from "./column-widths.ts";
import { COLUMNS, type Column, fitting, tracks } from "./columns.ts";
import type { DeviceList } from "./device-list.ts";
import { deviceTableStyles } from "./table-styles.ts";
import "../../../components/basic/icon.ts";

const ROW = 36;
const TOUCH_ROW = 44;
const NARROW_ROW = 58;
/** Height of the sticky header, in pixels. */
const HEAD = 36;

/**
 * The devices as a grid that renders only the visible rows. One tab stop: arrows, Home, End and Page keys move the
 * cursor, Enter opens its device, Space selects it. Events: `sort` (DeviceOrder), `select` ({ids, on}), `visiblerows` for a
 * change of the visible rows, `keyboardmove` for a move of the cursor by keyboard.
 */
@customElement("fl-device-table")
export class DeviceTable extends LitElement {
  static override styles = [base, checks, tables, deviceTableStyles];

  @property({ attribute: false }) list!: DeviceList;
  @property({ attribute: false }) columns: readonly string[] = [];
  @property() sort: DeviceOrder = "id";
  @property({ attribute: false }) selected: ReadonlySet<string> = new Set();
  @property({ attribute: false }) fresh: ReadonlySet<string> = new Set();
  /** Changes with each update of `list`, which stays the same object. */
  @property({ type: Number }) version = 0;
  @query(".body") private readonly body!: HTMLElement | null;
  @query("[role=grid]") private readonly grid!: HTMLElement | null;
  readonly #cursor = new RowCursor();
  #cursorIn = "";
  #anchor = 0;
  #seen = "";
  readonly #widths = new ColumnWidths(this);
  readonly #narrow = new Narrow(this);
  readonly #now = new StoreController(this, now);
  readonly #window = new RowWindow(this, {
    body: () => this.body,
    rowHeight: () => this.#height,
    count: () => this.list.total ?? 30,
  });

  get visible(): Range {
    return this.#window.visible(HEAD);
  }

  /** Moves the cursor by `rows`; without a cursor, places it at the first visible row. */
  step(rows: number): void {
    this.#move(this.#cursor.step(rows, this.#window.firstVisible(HEAD)));
    this.#anchor = this.#active;
    this.grid?.focus({ preventScroll: true });
  }

  get current(): DeviceResource | undefined {
    return this.list.at(this.#active);
  }

  /**
   * Selects or deselects the device at the cursor. Without a cursor, only shows the cursor: the operator must see
   * the device first.
   */
  toggleCurrent(): void {
    const id = this.current?.id;
    if (id === undefined) this.step(0);
    else this.#select([id], !this.selected.has(id));
  }

  get #active(): number {
    return this.#cursor.index ?? -1;
  }

  protected override willUpdate(_changed: PropertyValues<this>): void {
    const { list } = this;
    if (list.stale) return;
    if (list.name !== this.#cursorIn) this.#cursor.clear();
    this.#cursorIn = list.name;
    this.#cursor.follow(
      (index) => list.at(index)?.id,
      (id) => list.indexOf(id),
    );
  }

  protected override updated(_changed: PropertyValues<this>): void {
    const { first, end } = this.#window.range;
    const seen = `${first} ${end} ${this.list.total}`;
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.list.setVisible(this.#window.range);
    this.dispatchEvent(new Event("visiblerows"));
  }

  protected override render() {
    const wanted = COLUMNS.filter(({ key }) => this.columns.includes(key));
    const columns = this.#narrow.value ? wanted : fitting(wanted, this.#widths.table);
    const wide = this.#widths.of(columns, this.list, wanted);
    const total = this.list.total ?? 30;
    const { first, end } = this.#window.range;
    const indices = Array.from({ length: Math.max(0, Math.min(end, total) - first) }, (_, index) => first + index);
    return html`<div
      class="table ${this.list.stale && !playing.value ? "stale" : ""}"
      role="grid"
      tabindex="0"
      aria-label="Devices"
      aria-multiselectable="true"
      aria-rowcount=${total + 1}
      aria-colcount=${columns.length + 1}
      aria-activedescendant=${indices.includes(this.#active) ? `row-${this.#active}` : nothing}
      style="--template: ${tracks(columns, wide)}; --row: ${this.#height}px"
      @focus=${this.#focused}
      @keydown=${this.#key}
      @click=${this.#click}
    >
      ${this.#head(columns)}
      <div class="body" role="rowgroup" style="height: ${total * this.#height}px">
        ${repeat(
          indices,
          (index) => index,
          (index) => this.#row(index, this.list.at(index), columns, wide),
        )}
      </div>
    </div>`;
  }

  get #height(): number {
    return this.#narrow.value ? NARROW_ROW : this.#narrow.touch ? TOUCH_ROW : ROW;
  }

  #head(columns: readonly Column[]) {
    const all = this.list.visible;
    const on = all.length > 0 && all.every((id) => this.selected.has(id));
    return html`<div class="head" role="rowgroup">
      <div class="row" role="row" aria-rowindex="1">
        <span role="columnheader" class="check">
          <label
            ><input
              type="checkbox"
              aria-label="Select the visible devices"
              .checked=${on}
              .indeterminate=${!on && this.selected.size > 0}
              @change=${() => this.#select(all, !on)}
          /></label>
        </span>
        ${columns.map((column) => this.#heading(column))}
      </div>
    </div>`;
  }

  #heading({ key, title, sort }: Column) {
    if (sort === undefined) return html`<span role="columnheader" class=${key}>${title}</span>`;
    const order = this.sort === sort ? "ascending" : this.sort === `-${sort}` ? "descending" : "none";
    const icon = order === "ascending" ? "arrow-up" : "arrow-down";
    return html`<span role="columnheader" class=${key} aria-sort=${order}>
      <button @click=${() => this.#sort(order === "ascending" ? `-${sort}` : sort)}>
        ${title}${order === "none" ? nothing : html`<fl-icon .name=${icon}></fl-icon>`}
      </button>
    </span>`;
  }

  #row(
    index: number,
    device: DeviceResource | undefined,
    columns: readonly Column[],
    wide: ReadonlyMap<string, number>,
  ) {
    const top = `transform: translateY(${index * this.#height}px)`;
    if (device === undefined) {
      return html`<div class="row blank" role="row" id="row-${index}" aria-rowindex=${index + 2} style=${top}>
        <span role="gridcell" class="check"></span>
        ${columns.map(({ key }) => html`<span role="gridcell" class=${key}><i class="skeleton"></i></span>`)}
      </div>`;
    }
    const { id } = device;
    const on = this.selected.has(id);
    const look = `row ${index === this.#active ? "active" : ""} ${this.fresh.has(id) ? "fresh" : ""}`;
    return html`<div
      class=${look}
      role="row"
      id="row-${index}"
      data-index=${index}
      aria-rowindex=${index + 2}
      aria-selected=${on}
      style=${top}
    >
      <span role="gridcell" class="check">
        <input type="checkbox" tabindex="-1" aria-label="Select ${id}" .checked=${on} />
      </span>
      ${columns.map(
        ({ key, cell }) =>
          html`<span role="gridcell" class=${key}>${cell(device, this.#now.value, wide.get(key) ?? 0)}</span>`,
      )}
    </div>`;
  }

  readonly #click = (event: MouseEvent): void => {
    const target = event.composedPath()[0];
    if (!(target instanceof Element)) return;
    const row = target.closest<HTMLElement>("[data-index]");
    if (row === null) return;
    const index = Number(row.dataset.index);
    const device = this.list.at(index);
    if (device === undefined) return;
    const on = !this.selected.has(device.id);
    const selecting = target.closest(".check") !== null;
    const before = this.#anchor;
    this.#cursor.place(index, device.id);
    this.requestUpdate();
    this.#anchor = index;
    if (event.shiftKey && (selecting || this.selected.size > 0)) this.#select(this.#between(before, index), true);
    else if (selecting || event.ctrlKey || event.metaKey) this.#select([device.id], on);
    else if (target.closest("a") === null) navigate(inPast(paths.device(device.id)));
  };

  readonly #focused = (): void => {
    if (this.#cursor.index === undefined && this.grid?.matches(":focus-visible")) this.step(0);
  };

  readonly #key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if ((event.composedPath()[0] as Element).closest(".head")) return;
    const to = this.#cursor.byKey(event.key, this.#window.firstVisible(HEAD), this.#window.page);
    if (to !== undefined) {
      event.preventDefault();
      this.#move(to);
      if (event.shiftKey) this.#select(this.#between(this.#anchor, this.#active), true);
      else this.#anchor = this.#active;
    } else if (event.key === " ") {
      event.preventDefault();
      this.toggleCurrent();
    } else if (event.key === "Enter" && this.current) navigate(inPast(paths.device(this.current.id)));
  };

  #move(to: number): void {
    const index = Math.max(0, Math.min((this.list.total ?? 1) - 1, to));
    this.#cursor.place(index, this.list.at(index)?.id);
    this.#window.reveal(index, HEAD);
    this.requestUpdate();
    this.dispatchEvent(new Event("keyboardmove"));
  }

  #between(one: number, other: number): string[] {
    const [from, to] = [Math.min(one, other), Math.max(one, other)];
    const ids: string[] = [];
    for (let index = from; index <= to; index++) {
      const id = this.list.at(index)?.id;
      if (id !== undefined) ids.push(id);
    }
    return ids;
  }

  #select(ids: readonly string[], on: boolean): void {
    this.dispatchEvent(new CustomEvent("select", { detail: { ids, on } }));
  }

  #sort(order: DeviceOrder): void {
    this.dispatchEvent(new CustomEvent("sort", { detail: order }));
  }
}
