import type { ReactiveController, ReactiveControllerHost } from "lit";

/** Scrolls the current entry of a bar into view, when another one becomes current and when the bar's width changes. */
export class CurrentInView implements ReactiveController {
  readonly #current: () => Element | null;
  readonly #host: Element;
  #resize: ResizeObserver | undefined;
  #width = 0;
  #shown: Element | null = null;

  constructor(host: ReactiveControllerHost & Element, current: () => Element | null) {
    this.#host = host;
    this.#current = current;
    host.addController(this);
  }

  hostConnected(): void {
    this.#resize = new ResizeObserver(() => {
      if (this.#host.clientWidth !== this.#width) this.#show();
    });
    this.#resize.observe(this.#host);
  }

  hostDisconnected(): void {
    this.#resize?.disconnect();
    this.#shown = null;
  }

  hostUpdated(): void {
    if (this.#current() !== this.#shown) this.#show();
  }

  #show(): void {
    this.#width = this.#host.clientWidth;
    this.#shown = this.#current();
    if (this.#shown) centre(this.#shown);
  }
}

/** Moves only the bar: `scrollIntoView` would also scroll the page to a bar that is out of sight. */
function centre(element: Element): void {
  let bar = element.parentElement;
  while (bar && (bar.scrollWidth <= bar.clientWidth || getComputedStyle(bar).overflowX === "visible"))
    bar = bar.parentElement;
  if (!bar) return;
  const [inside, around] = [element.getBoundingClientRect(), bar.getBoundingClientRect()];
  bar.scrollLeft += inside.left + inside.width / 2 - (around.left + around.width / 2);
}
