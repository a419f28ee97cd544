import { html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { rowByKey } from "../../components/row-keys.ts";
import { RowWindow } from "../../components/row-window.ts";
import { commandBadge } from "../../components/state-badge.ts";
import { ago, duration, exactly } from "../../components/times.ts";
import { isOpen } from "../../data/commands.ts";
import { now } from "../../state/clock.ts";
import { navigate } from "../../state/location.ts";
import { Narrow } from "../../state/narrow.ts";
import { paths } from "../../state/paths.ts";
import { StoreController } from "../../state/store.ts";
import { base } from "../../styles/shared.ts";
import { tables } from "../../styles/tables.ts";
import type { CommandList } from "./command-list.ts";
import type { CommandRow } from "./command-row.ts";
import { commandTableStyles } from "./table-styles.ts";

const ROW = 36;
const NARROW_ROW = 58;
/** Height of the sticky header. */
const HEAD = 36;
/** Placeholder rows while more are loading. */
const COMING = 8;
const FIRST = 30;

const COLUMNS = [
  ["state", "State"],
  ["name", "Command"],
  ["device", "Device"],
  ["outcome", "Answer"],
  ["by", "Issued by"],
  ["issued", "Issued"],
  ["took", "Took"],
] as const;

/**
 * Commands as a grid that renders only the visible rows. One tab stop; arrows, Home, End and Page keys move, Enter opens.
 * Event `sight` ({first, end}) when other rows become visible.
 */
@customElement("fl-command-table")
export class CommandTable extends LitElement {
  static override styles = [base, tables, commandTableStyles];

  @property({ attribute: false }) list!: CommandList;
  /** Changes with each update of the list, which is changed in place. */
  @property({ type: Number }) version = 0;
  @state() private active = 0;
  @query(".body") private readonly body!: HTMLElement | null;
  #seen = "";
  /** The command of the active row, which stays active when newer ones are added above it. */
  #activeId: string | undefined;
  readonly #narrow = new Narrow(this);
  readonly #now = new StoreController(this, now);
  readonly #window = new RowWindow(this, {
    body: () => this.body,
    rowHeight: () => this.#height,
    count: () => this.#count,
  });

  /** Moves the active row, for shortcuts. */
  step(rows: number): void {
    this.#move(this.active + rows);
  }

  get current(): CommandRow | undefined {
    return this.list.rows?.[this.active];
  }

  /** Scrolls to the newest command. */
  toTop(): void {
    this.#move(0);
  }

  protected override willUpdate(_changed: PropertyValues<this>): void {
    const rows = this.list.rows ?? [];
    if (this.#activeId === undefined || rows[this.active]?.id === this.#activeId) return;
    const index = rows.findIndex(({ id }) => id === this.#activeId);
    if (index === -1) this.#activeId = undefined;
    this.active = Math.max(0, index === -1 ? Math.min(this.active, rows.length - 1) : index);
  }

  protected override updated(_changed: PropertyValues<this>): void {
    const { first, end } = this.#window.range;
    const seen = `${first} ${end} ${this.#count}`;
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.dispatchEvent(new CustomEvent("sight", { detail: { first, end } }));
  }

  protected override render() {
    const rows = this.list.rows ?? [];
    const { first, end } = this.#window.range;
    const count = this.#count;
    const indices = Array.from({ length: Math.max(0, Math.min(end, count) - first) }, (_, index) => first + index);
    return html`<div
      class="table ${this.list.stale ? "stale" : ""}"
      role="grid"
      tabindex="0"
      aria-label="Commands"
      aria-rowcount=${this.list.more ? -1 : rows.length + 1}
      aria-colcount=${COLUMNS.length}
      aria-activedescendant=${indices.includes(this.active) && rows[this.active] ? `row-${this.active}` : nothing}
      style="--row: ${this.#height}px"
      @keydown=${this.#key}
      @click=${this.#click}
    >
      <div class="head" role="rowgroup">
        <div class="row" role="row" aria-rowindex="1">
          ${COLUMNS.map(([key, title]) => html`<span role="columnheader" class=${key}>${title}</span>`)}
        </div>
      </div>
      <div class="body" role="rowgroup" style="height: ${count * this.#height}px">
        ${repeat(
          indices,
          (index) => rows[index]?.id ?? index,
          (index) => this.#row(index, rows[index]),
        )}
      </div>
    </div>`;
  }

  get #count(): number {
    const { rows, more } = this.list;
    return rows === undefined ? FIRST : rows.length + (more ? COMING : 0);
  }

  get #height(): number {
    return this.#narrow.value ? NARROW_ROW : ROW;
  }

  #row(index: number, command: CommandRow | undefined) {
    const top = `transform: translateY(${index * this.#height}px)`;
    if (command === undefined) {
      return html`<div class="row" role="row" aria-rowindex=${index + 2} style=${top}>
        ${COLUMNS.map(([key]) => html`<span role="gridcell" class=${key}><i class="skeleton"></i></span>`)}
      </div>`;
    }
    const { id, name, params, device, outcome, state, issuedBy, issuedAt, reason } = command;
    const at = new Date(issuedAt);
    return html`<div
      class="row ${index === this.active ? "active" : ""}"
      role="row"
      id="row-${index}"
      data-index=${index}
      aria-rowindex=${index + 2}
      aria-selected=${index === this.active}
      style=${top}
    >
      <span role="gridcell" class="state">${commandBadge(state, true)}</span>
      <span role="gridcell" class="name" title=${[name, params, reason].filter(Boolean).join("\n")}>
        <a tabindex="-1" href=${paths.command(id)}>${name}</a> <span class="params">${params}</span>
      </span>
      <span role="gridcell" class="device"><a tabindex="-1" href=${paths.device(device)}>${device}</a></span>
      <span role="gridcell" class="outcome ${state}" title=${outcome}>${outcome}</span>
      <span role="gridcell" class="by">${issuedBy}</span>
      <span role="gridcell" class="issued">
        <time datetime=${issuedAt} title=${exactly(at)}>${ago(at.getTime(), this.#now.value)}</time>
      </span>
      <span role="gridcell" class="took">${took(command)}</span>
    </div>`;
  }

  readonly #click = (event: MouseEvent): void => {
    const target = event.composedPath()[0];
    if (!(target instanceof Element) || target.closest("a") !== null) return;
    const row = target.closest<HTMLElement>("[data-index]");
    if (row === null) return;
    this.#activate(Number(row.dataset.index));
    this.#open(event.ctrlKey || event.metaKey);
  };

  readonly #key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = rowByKey(event.key, this.active, this.#window.page);
    if (to !== undefined) {
      event.preventDefault();
      this.#move(to);
    } else if (event.key === "Enter") this.#open(false);
  };

  #open(elsewhere: boolean): void {
    if (this.current === undefined) return;
    const to = paths.command(this.current.id);
    if (elsewhere) window.open(to, "_blank");
    else navigate(to);
  }

  #move(to: number): void {
    this.#activate(Math.max(0, Math.min((this.list.rows?.length ?? 1) - 1, to)));
    this.#window.reveal(this.active, HEAD);
  }

  #activate(index: number): void {
    this.active = index;
    this.#activeId = this.current?.id;
  }
}

function took({ issuedAt, endedAt, ...command }: CommandRow): string {
  if (endedAt === undefined) return isOpen(command) ? "…" : "";
  return duration(Date.parse(endedAt) - Date.parse(issuedAt));
}
