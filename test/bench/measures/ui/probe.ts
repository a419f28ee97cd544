import type { Page } from "playwright-core";

/** Runs inside the page as `probe`. Times are milliseconds of the page's clock. */
export interface Probe {
  drawn(check: () => boolean): Promise<number>;
  find(selector: string): HTMLElement | undefined;
  result?: Promise<number>;
}

declare global {
  var probe: Probe;
}

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
          const poll = (): void => {
            // A timeout in a frame's callback runs after the frame was drawn.
            if (check()) setTimeout(() => resolve(performance.now()));
            else requestAnimationFrame(poll);
          };
          requestAnimationFrame(poll);
        }),
    };
  });
}
