import { mkdirSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { axeViolations, overflow } from "./accessibility.ts";

/** A picture of the page for people, if FLEETLOG_SCREENSHOTS names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.FLEETLOG_SCREENSHOTS;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

/** Checks accessibility and width of the page as it is shown. */
export async function checked(page: Page, name: string): Promise<void> {
  await picture(page, name);
  expect(await axeViolations(page), name).toEqual([]);
  expect(await overflow(page), name).toBe(0);
}

/** Checks the page on a phone in the dark theme, and in a wide window in the light theme. */
export async function checkedTwice(page: Page, name: string, phoneWidth = 360): Promise<void> {
  for (const [width, colorScheme] of [
    [phoneWidth, "dark"],
    [1280, "light"],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await checked(page, `${name}-${width}`);
  }
}
