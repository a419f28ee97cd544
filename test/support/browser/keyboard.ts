import type { Locator, Page } from "playwright-core";

const MAX_PRESSES = 60;

export async function tabTo(page: Page, target: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  await target.waitFor();
  const passed: string[] = [];
  for (let presses = 0; presses < MAX_PRESSES; presses++) {
    if (await hasFocus(target)) return;
    await page.keyboard.press(key);
    passed.push(await focused(page));
  }
  throw new Error(`${key} does not lead to ${target}, but to:\n${passed.join("\n")}`);
}

export async function pressEnterOn(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press("Enter");
}

export function hasFocus(target: Locator): Promise<boolean> {
  return target.evaluate((element) => (element.getRootNode() as Document | ShadowRoot).activeElement === element);
}

function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    const { tagName = "", id = "", ariaLabel, textContent } = element ?? {};
    return `${tagName.toLowerCase()}#${id} ${ariaLabel ?? textContent?.trim().slice(0, 40)}`;
  });
}
