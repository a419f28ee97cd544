import axe from "axe-core";
import type { Page } from "playwright-core";

/** One line for each element that breaks a rule of axe-core; empty is what is wanted. */
export async function axeViolations(page: Page): Promise<string[]> {
  await animationsEnd(page);
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run(document, { preload: false });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(
        ({ target, failureSummary = "" }) => `${id}: ${target.join(" ")}: ${failureSummary.replaceAll("\n", " ")}`,
      ),
    );
  });
}

/** Colours and places are judged as they are in the end. */
export async function animationsEnd(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const running = (root: Document | ShadowRoot): Animation[] => [
      ...root.getAnimations(),
      ...[...root.querySelectorAll("*")].flatMap(({ shadowRoot }) => (shadowRoot ? running(shadowRoot) : [])),
    ];
    const ending = running(document).filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(ending.map(({ finished }) => finished));
  });
}

/** By how many pixels the page is wider than the window: what a phone would have to be scrolled sideways for. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => {
    let most = document.documentElement.scrollWidth - innerWidth;
    const visit = (root: Document | ShadowRoot): void => {
      for (const element of root.querySelectorAll("*")) {
        // What scrolls by itself, such as a table or a block of code, may be wider than it shows; these may not.
        if (element.matches("main, dialog, dialog .body"))
          most = Math.max(most, element.scrollWidth - element.clientWidth);
        if (element.shadowRoot) visit(element.shadowRoot);
      }
    };
    visit(document);
    return most;
  });
}
