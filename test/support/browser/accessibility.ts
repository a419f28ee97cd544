import axe from "axe-core";
import type { Page } from "playwright-core";

/** One line for each element that breaks a rule of axe-core; empty is what is wanted. */
export async function axeViolations(page: Page): Promise<string[]> {
  // Colours are judged as they are in the end.
  await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {}))));
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

/** By how many pixels the page is wider than the window: what a phone would have to be scrolled sideways for. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => {
    let most = document.documentElement.scrollWidth - innerWidth;
    const visit = (root: Document | ShadowRoot): void => {
      for (const element of root.querySelectorAll("*")) {
        // What scrolls by itself, such as a table or a block of code, may be wider than it shows; main may not.
        if (element.matches("main")) most = Math.max(most, element.scrollWidth - element.clientWidth);
        if (element.shadowRoot) visit(element.shadowRoot);
      }
    };
    visit(document);
    return most;
  });
}
