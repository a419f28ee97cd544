import type { Page } from "playwright-core";

/** What runs inside the page and is called `probe` there. Times are milliseconds by the page's own clock. */
export interface Probe {
  /** Resolves with the time at which the browser had drawn what satisfies the check. */
  drawn(check: () => boolean): Promise<number>;
  /** The first element for the selector in the document or in any shadow root below. */
  find(selector: string): HTMLElement | undefined;
  /** What a measure left to be asked for. */
  result?: Promise<number>;
}

declare global {
  var probe: Probe;
}

/** Puts the {@link Probe} into all that the page will load. */
export async function addProbe(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const find = (selector: string, root: Document | ShadowRoot = document): HTMLElement | undefined => {
      const here = root.querySelector<HTMLElement>(selector);
      if (here) return here;
      for (const { shadowRoot } of root.querySelectorAll("*")) {
        const found = shadowRoot && find(selector, shadowRoot);
        if (found) return found;
      }
      return undefined;
    };
    globalThis.probe = {
      find,
      drawn: (check) =>
        new Promise((resolve) => {
          const look = (): void => {
            // The task after the frame's callbacks: what they saw has been drawn by then.
            if (check()) setTimeout(() => resolve(performance.now()));
            else requestAnimationFrame(look);
          };
          requestAnimationFrame(look);
        }),
    };
  });
}
