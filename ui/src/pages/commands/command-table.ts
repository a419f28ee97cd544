import { html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { progressText } from "../../components/commands/progress-text.ts";
import { waitsFor } from "../../components/commands/waiting.ts";
import { commandBadge } from "../../components/devices/state-badge.ts";
import { RowCursor } from "../../components/lists/row-cursor.ts";
import { type Range, RowWindow } from "../../components/lists/row-window.ts";
import { ago, duration, exactly, lasting } from "../../components/text/times.ts";
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
import "../../components/commands/command-progress.ts";
import "../../components/people/by.ts";

const ROW = 36;
const TOUCH_ROW = 44;
const NARROW_ROW = 58;
/** Height of the sticky header, in pixels. */
const HEAD = 36;
const COMING = 8;
/**
 * Milliseconds within which a command usually has its answer. Until they have passed, a row does not say what its
 * command waits for.
 */
const QUICK_MS = 5_000;
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
 * Commands as a grid that renders only the visible rows. One tab stop: arrows, Home, End and Page keys move the cursor,
 * Enter opens its command. Events: `visiblerows` ({first, end}) for a change of the visible rows, `keyboardmove` for a move
 * of the cursor.
 */
@customElement("fl-command-table")
export class CommandTable extends LitElement {
  static override styles = [base, tables, commandTableStyles];

  @property({ attribute: false }) list!: CommandList;
  /** Changes with each update of `list`, which stays the same object. */
  @property({ type: Number }) version = 0;
  @query(".body") private readonly body!: HTMLElement | null;
  @query("[role=grid]") private readonly grid!: HTMLElement | null;
  #seen = "";
  readonly #cursor = new RowCursor();
  readonly #narrow = new Narrow(this);
  readonly #now = new StoreController(this, now);
  readonly #window = new RowWindow(this, {
    body: () => this.body,
    rowHeight: () => this.#height,
    count: () => this.#count,
  });

  get visible(): Range {
    return this.#window.visible(HEAD);
  }

  /** Moves the cursor by `rows`; without a cursor, places it at the first visible row. */
  step(rows: number): void {
    this.#move(this.#cursor.step(rows, this.#window.firstVisible(HEAD)));
    this.grid?.focus({ preventScroll: true });
  }

  get current(): CommandRow | undefined {
    return this.list.rows?.[this.#active];
  }

  toTop(): void {
    this.#cursor.clear();
    this.#window.reveal(0, HEAD);
    this.requestUpdate();
  }

  get #active(): number {
    return this.#cursor.index ?? -1;
  }

  protected override willUpdate(_changed: PropertyValues<this>): void {
    const { rows, stale } = this.list;
    if (rows === undefined || stale) return;
    this.#cursor.follow(
      (index) => rows[index]?.id,
      (id) => rows.findIndex((row) => row.id === id),
    );
  }

  protected override updated(_changed: PropertyValues<this>): void {
    const { first, end } = this.#window.range;
    const seen = `${first} ${end} ${this.#count}`;
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.dispatchEvent(new CustomEvent("visiblerows", { detail: { first, end } }));
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
      aria-activedescendant=${indices.includes(this.#active) && rows[this.#active] ? `row-${this.#active}` : nothing}
      style="--row: ${this.#height}px"
      @focus=${this.#focused}
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
    return this.#narrow.value ? NARROW_ROW : this.#narrow.touch ? TOUCH_ROW : ROW;
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
    const progress = isOpen(command) ? command.progress : undefined;
    const waiting = this.#waiting(command, at);
    return html`<div
      class="row ${index === this.#active ? "active" : ""}"
      role="row"
      id="row-${index}"
      data-index=${index}
      aria-rowindex=${index + 2}
      aria-selected=${index === this.#active}
      style=${top}
    >
      <span role="gridcell" class="state">${commandBadge(state, true)}</span>
      <span role="gridcell" class="name" title=${[name, params, reason].filter(Boolean).join("\n")}>
        <a tabindex="-1" href=${paths.command(id)}>${name}</a> <span class="params">${params}</span>
      </span>
      <span role="gridcell" class="device"><a tabindex="-1" href=${paths.device(device)}>${device}</a>
        ${waiting && this.#narrow.value ? html`<span class="params">${waiting}</span>` : nothing}
      </span>
      <span
        role="gridcell"
        class="outcome ${waiting ? "waiting" : state}"
        title=${progress === undefined ? waiting || outcome : progressText(progress)}
        >${progress === undefined ? waiting || outcome : html`<fl-command-progress dense .progress=${progress}></fl-command-progress>`}</span
      >
      <span role="gridcell" class="by"><fl-by by=${issuedBy}></fl-by></span>
      <span role="gridcell" class="issued">
        <time datetime=${issuedAt} title=${exactly(at)}>${ago(at.getTime(), this.#now.value)}</time>
      </span>
      <span role="gridcell" class="took ${isOpen(command) ? "so-far" : ""}">${took(command, this.#now.value)}</span>
    </div>`;
  }

  /** "" for commands that have ended, report progress or were issued a moment ago. */
  #waiting(command: CommandRow, issuedAt: Date): string {
    if (!isOpen(command) || command.progress !== undefined) return "";
    return this.#now.value - issuedAt.getTime() < QUICK_MS ? "" : waitsFor(command);
  }

  readonly #click = (event: MouseEvent): void => {
    const target = event.composedPath()[0];
    if (!(target instanceof Element) || target.closest("a") !== null) return;
    const row = target.closest<HTMLElement>("[data-index]");
    if (row === null) return;
    const index = Number(row.dataset.index);
    this.#cursor.place(index, this.list.rows?.[index]?.id);
    this.requestUpdate();
    this.#open(event.ctrlKey || event.metaKey);
  };

  readonly #focused = (): void => {
    if (this.#cursor.index === undefined && this.grid?.matches(":focus-visible")) this.step(0);
  };

  readonly #key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = this.#cursor.byKey(event.key, this.#window.firstVisible(HEAD), this.#window.page);
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
    const index = Math.max(0, Math.min((this.list.rows?.length ?? 1) - 1, to));
    this.#cursor.place(index, this.list.rows?.[index]?.id);
    this.#window.reveal(index, HEAD);
    this.dispatchEvent(new Event("keyboardmove"));
    this.requestUpdate();
  }
}

function took({ issuedAt, endedAt, ...command }: CommandRow, now: number): string {
  if (endedAt === undefined) return isOpen(command) ? `${lasting(Date.parse(issuedAt), now)}…` : "";
  return duration(Date.parse(endedAt) - Date.parse(issuedAt));
}
