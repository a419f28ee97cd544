import type { ReactiveController, ReactiveControllerHost } from "lit";

export interface Range {
  readonly first: number;
  /** Index after the last row to render. */
  readonly end: number;
}

/** Extra rows before and after the visible rows, so that quick scrolling shows no empty rows. */
const OVERSCAN = 12;
/** The range moves in steps of this many rows, so that most scroll events render nothing. */
const STEP = 6;

/**
 * Computes which rows of a long list to render; all rows have one height. `body` is as high as all rows together; its
 * nearest scrolling ancestor scrolls it.
 */
export class RowWindow implements ReactiveController {
  readonly #host: ReactiveControllerHost & Element;
  readonly #body: () => HTMLElement | null;
  readonly #rowHeight: () => number;
  readonly #count: () => number;
  #scroller: Element | undefined;
  #resize: ResizeObserver | undefined;
  #shape = "";
  range: Range = { first: 0, end: 40 };

  constructor(
    host: ReactiveControllerHost & Element,
    list: { body: () => HTMLElement | null; rowHeight: () => number; count: () => number },
  ) {
    this.#host = host;
    this.#body = list.body;
    this.#rowHeight = list.rowHeight;
    this.#count = list.count;
    host.addController(this);
  }

  hostConnected(): void {
    this.#scroller = scrollerOf(this.#host);
    this.#scroller.addEventListener("scroll", this.#measure, { passive: true });
    this.#resize = new ResizeObserver(this.#measure);
    this.#resize.observe(this.#scroller);
  }

  hostDisconnected(): void {
    this.#scroller?.removeEventListener("scroll", this.#measure);
    this.#resize?.disconnect();
  }

  hostUpdated(): void {
    // Scrolling has measured already; a second measurement would lay the page out twice in each frame.
    const shape = `${this.#count()} ${this.#rowHeight()}`;
    if (shape === this.#shape) return;
    this.#shape = shape;
    this.#measure();
  }

  /** Scrolls the row into view, below `covered` pixels of sticky header. */
  reveal(index: number, covered: number): void {
    const [body, scroller] = [this.#body(), this.#scroller];
    if (!body || !scroller) return;
    const box = scroller.getBoundingClientRect();
    const top = body.getBoundingClientRect().top + index * this.#rowHeight();
    const bottom = top + this.#rowHeight();
    if (top < box.top + covered) scroller.scrollBy(0, top - box.top - covered);
    else if (bottom > box.bottom) scroller.scrollBy(0, bottom - box.bottom);
  }

  /** Index of the first row below `covered` pixels of sticky header. */
  firstVisible(covered: number): number {
    const [body, scroller] = [this.#body(), this.#scroller];
    if (!body || !scroller || scroller.scrollTop === 0) return 0;
    const above = scroller.getBoundingClientRect().top + covered - body.getBoundingClientRect().top;
    return Math.max(0, Math.ceil(above / this.#rowHeight()));
  }

  /** The rows at least partly visible below `covered` pixels of sticky header. */
  visible(covered: number): Range {
    const [body, scroller] = [this.#body(), this.#scroller];
    if (!body || !scroller) return this.range;
    const above = scroller.getBoundingClientRect().top + covered - body.getBoundingClientRect().top;
    const [first, end] = [above, above + scroller.clientHeight - covered].map((y) => y / this.#rowHeight()) as [
      number,
      number,
    ];
    return { first: Math.max(0, Math.floor(first)), end: Math.max(0, Math.min(this.#count(), Math.ceil(end))) };
  }

  /** Rows by which Page Down moves: two fewer than fit. */
  get page(): number {
    return Math.max(1, Math.floor((this.#scroller?.clientHeight ?? 0) / this.#rowHeight()) - 2);
  }

  readonly #measure = (): void => {
    const [body, scroller] = [this.#body(), this.#scroller];
    if (!body || !scroller) return;
    const height = this.#rowHeight();
    const above = scroller.getBoundingClientRect().top - body.getBoundingClientRect().top;
    const from = Math.floor(above / height) - OVERSCAN;
    const count = this.#count();
    const first = Math.max(0, Math.min(Math.floor(from / STEP) * STEP, count - 1));
    const seen = Math.ceil(scroller.clientHeight / height) + 2 * OVERSCAN + STEP;
    const end = Math.min(count, first + seen);
    if (first === this.range.first && end === this.range.end) return;
    this.range = { first, end };
    this.#host.requestUpdate();
  };
}

function scrollerOf(element: Element): Element {
  for (let node: Node | null = element; node; node = parentOf(node)) {
    if (node instanceof Element && /auto|scroll/.test(getComputedStyle(node).overflowY)) return node;
  }
  return document.documentElement;
}

function parentOf(node: Node): Node | null {
  if (node instanceof ShadowRoot) return node.host;
  return (node instanceof Element ? node.assignedSlot : null) ?? node.parentNode;
}
