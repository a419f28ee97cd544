import axe from "axe-core";
import type { Page } from "playwright-core";

/** @param rules to check; none: axe-core's default rules */
export async function axeViolations(page: Page, rules: readonly string[] = []): Promise<string[]> {
  await endAnimations(page);
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  return page.evaluate(
    async (values) => {
      const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run(document, {
        preload: false,
        // The answer has details of violations only, not of passed checks.
        resultTypes: ["violations"],
        ...(values.length > 0 && { runOnly: { type: "rule", values } }),
      });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(
          ({ target, failureSummary = "" }) => `${id}: ${target.join(" ")}: ${failureSummary.replaceAll("\n", " ")}`,
        ),
      );
    },
    [...rules],
  );
}

/** Ends animations at once: they would never end if Chromium, on a busy machine, shows no further frame. */
export async function endAnimations(page: Page): Promise<void> {
  await page.evaluate(() => {
    const running = (root: Document | ShadowRoot): Animation[] => [
      ...root.getAnimations(),
      ...[...root.querySelectorAll("*")].flatMap(({ shadowRoot }) => (shadowRoot ? running(shadowRoot) : [])),
    ];
    for (const animation of running(document)) {
      if (animation.effect?.getComputedTiming().endTime !== Infinity) animation.finish();
    }
  });
}

/** Waits until the page has been laid out again and painted. */
export async function nextFrame(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

/** Least width and height of a control: 40 pixels, less the browser's rounding. */
const TARGET = 39.5;

/**
 * Controls too small for a finger, except links in a sentence (WCAG 2.5.8) and links in table rows, which can be
 * pressed as a whole.
 */
export function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate((least) => {
    const small: string[] = [];
    const visit = (root: Document | ShadowRoot): void => {
      for (const element of root.querySelectorAll("*")) {
        if (element.shadowRoot) visit(element.shadowRoot);
        if (!element.matches("a[href], button, input, select, textarea, summary, label:has(input), [role=option]"))
          continue;
        const isPart =
          element.matches("label *, [role=gridcell] *, .box input, p a, .text-link") || !element.checkVisibility();
        const { width, height } = element.getBoundingClientRect();
        if (isPart || width === 0 || (width >= least && height >= least)) continue;
        const name = element.getAttribute("aria-label") ?? element.textContent?.trim().slice(0, 40);
        small.push(`${element.localName} "${name}" ${Math.round(width)}x${Math.round(height)}`);
      }
    };
    visit(document);
    return small;
  }, TARGET);
}

/** Check boxes and radio buttons that the browser draws: in the dark theme they are grey, as if disabled. */
export function drawnByBrowser(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const visit = (root: Document | ShadowRoot): void => {
      for (const element of root.querySelectorAll("*")) {
        if (element.shadowRoot) visit(element.shadowRoot);
        if (!element.matches("input:is([type=checkbox], [type=radio])") || !element.checkVisibility()) continue;
        if (getComputedStyle(element).appearance !== "none")
          found.push(`${element.getAttribute("type")} "${element.getAttribute("aria-label")}" has the browser's look`);
      }
    };
    visit(document);
    return found;
  });
}

/**
 * Pixels by which content is too wide, or by which the document is too high: only `main` scrolls.
 * @param width of the screen; on mobile devices `innerWidth` grows with the content
 */
export function overflow(page: Page, width?: number): Promise<number> {
  return page.evaluate((screenWidth) => {
    const { scrollWidth, scrollHeight, clientHeight } = document.documentElement;
    let most = Math.max(scrollWidth - (screenWidth ?? innerWidth), scrollHeight - clientHeight);
    const visit = (root: Document | ShadowRoot): void => {
      for (const element of root.querySelectorAll("*")) {
        // Tables and code blocks scroll by themselves and may be wider; the page and its dialogs may not.
        if (element.matches("main, dialog, dialog .body"))
          most = Math.max(most, element.scrollWidth - element.clientWidth);
        if (element.shadowRoot) visit(element.shadowRoot);
      }
    };
    visit(document);
    return most;
  }, width);
}

/**
 * Steps of Tab that lead up the page: from one control to another one above it that is not beside it on the right. A
 * step from the foot of a left column to the head of the next column does not count.
 */
export function backwardSteps(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const controls: { name: string; box: DOMRect }[] = [];
    const visit = (node: Element): void => {
      if (node.matches("dialog:not([open]), [inert], nav") || !node.checkVisibility({ visibilityProperty: true })) {
        // A slot or an element with `display: contents` has no box, but shows its content.
        if (getComputedStyle(node).display !== "contents") return;
      }
      const { position } = getComputedStyle(node);
      if (position === "fixed" || position === "sticky" || node.matches("[popover]")) return;
      const canFocus = node.matches(
        "a[href], button:not(:disabled), input:not(:disabled), select, textarea, summary, [tabindex='0']",
      );
      if (canFocus && !node.matches("[tabindex='-1']")) {
        const box = node.getBoundingClientRect();
        const name = node.getAttribute("aria-label") ?? node.textContent?.trim().slice(0, 30) ?? "";
        if (box.width > 1 && box.height > 1) controls.push({ name: `${node.localName} "${name}"`, box });
      }
      // The order of Tab: slots lead to the elements that they show.
      const children =
        node instanceof HTMLSlotElement && node.assignedElements().length > 0
          ? node.assignedElements()
          : (node.shadowRoot ?? node).children;
      for (const child of children) visit(child);
    };
    const open = (root: Document | ShadowRoot): Element | undefined => {
      for (const element of root.querySelectorAll("*")) {
        if (element.matches("dialog[open]")) return element;
        const inner = element.shadowRoot && open(element.shadowRoot);
        if (inner) return inner;
      }
      return undefined;
    };
    visit(open(document) ?? document.body);
    return controls.flatMap(({ name, box }, index) => {
      const before = controls[index - 1];
      if (before === undefined) return [];
      const isAbove = box.bottom <= before.box.top + 1;
      const isBeside = box.left >= before.box.right - 1;
      return isAbove && !isBeside ? [`${before.name} -> ${name}`] : [];
    });
  });
}
