import type { LitElement, ReactiveController } from "lit";
import { type Column, contents, widths } from "./columns.ts";
import type { DeviceList } from "./device-list.ts";

/** Padding at the end of a row, in rem. */
const PADDING = 1;
/** Factor for measured widths: ids have a bolder font than the measured font. */
const BOLD = 1.03;
const NONE: ReadonlyMap<string, number> = new Map();

/** The width of a table and of its columns, in rem. */
export class ColumnWidths implements ReactiveController {
  /** Width of the table, rounded so that a resize of the window seldom renders. */
  table = 80;
  readonly #host: LitElement;
  #measured: { readonly of: string; readonly contents: ReadonlyMap<string, number> } | undefined;
  readonly #resize = new ResizeObserver(([entry]) => {
    const table = Math.floor((entry?.contentRect.width ?? 0) / rem());
    if (table === this.table) return;
    this.table = table;
    this.#host.requestUpdate();
  });

  constructor(host: LitElement) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    this.#resize.observe(this.#host);
  }

  hostDisconnected(): void {
    this.#resize.disconnect();
  }

  /** @param wanted all chosen columns; `columns` are those that fit */
  of(columns: readonly Column[], list: DeviceList, wanted: readonly Column[]): ReadonlyMap<string, number> {
    return widths(columns, this.table - PADDING, this.#contents(list, wanted));
  }

  /** Widths of the content of the list's first page. Measured once per list: columns must not move during scrolling. */
  #contents(list: DeviceList, columns: readonly Column[]): ReadonlyMap<string, number> {
    const of = `${list.name} ${columns.map(({ key }) => key)}`;
    if (list.total === undefined || list.stale || of === this.#measured?.of) return this.#measured?.contents ?? NONE;
    const { font } = getComputedStyle(this.#host);
    const context = document.createElement("canvas").getContext("2d");
    if (context === null) return NONE;
    context.font = font;
    const unit = rem();
    const widthOf = (text: string) => (context.measureText(text).width * BOLD) / unit;
    const found = contents(columns, list.first, widthOf);
    this.#measured = { of, contents: found };
    return found;
  }
}

function rem(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}
