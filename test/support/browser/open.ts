import type { Page } from "playwright-core";
import type { View } from "./views.ts";

/** An address without a page. */
const NOWHERE = "/nowhere/else";

/**
 * Shows a view within the loaded app, or loads the app again if something of the previous view would be left.
 *
 * A load takes a third of a second of processor time, and the scripts of the page and of axe-core then run slowly at first.
 */
export async function openView(page: Page, { path, shown, fresh }: View): Promise<void> {
  if (!fresh && (await leaveView(page))) await followLink(page, path);
  else await page.goto(path);
  await shown(page);
}

/**
 * Replaces the view by the app's answer to an unknown address: the next view is made anew, even at the same address.
 *
 * @returns whether nothing of the view is left. Some dialogs stay, and some views ask before they are left.
 */
async function leaveView(page: Page): Promise<boolean> {
  const dialog = page.getByRole("dialog");
  if ((await page.locator("fl-app").count()) === 0 || (await dialog.count()) > 0) return false;
  // A list under the pointer would keep its order.
  await page.mouse.move(0, 0);
  await followLink(page, NOWHERE);
  await page.getByText(NOWHERE).or(dialog).first().waitFor();
  return (await dialog.count()) === 0;
}

async function followLink(page: Page, path: string): Promise<void> {
  await page.locator("fl-app").evaluate((app, to) => {
    const link = document.createElement("a");
    link.href = to;
    app.append(link);
    link.click();
    link.remove();
  }, path);
}
