import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { axeViolations, overflow, smallTargets } from "../support/browser/accessibility.ts";
import { startBrowser, type TestBrowser, type Theme, type VisitorOptions } from "../support/browser/browser.ts";
import { viewsOf } from "../support/browser/views.ts";
import { type LivelyFleet, startLivelyFleet } from "../support/lively-fleet.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { suiteWith } from "../support/suite-with.ts";

/** Rules of axe-core on colours, without those of level AAA. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];

/** A theme and a window in which every page is checked. */
interface Look {
  readonly theme: Theme;
  readonly width: number;
  readonly height: number;
  readonly judge: (page: Page) => Promise<readonly string[]>;
}

/** Changes theme and window, and waits for the next frame. */
async function show(page: Page, { theme, width, height }: Look): Promise<void> {
  await page.emulateMedia({ colorScheme: theme });
  await page.setViewportSize({ width, height });
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

async function tooWide(page: Page): Promise<readonly string[]> {
  const wider = await overflow(page);
  return wider > 0 ? [`wider than the window by ${wider} px`] : [];
}

/** Only views with this text in their names, while working on a page. */
const WANTED = process.env.VIEWS ?? "";

suiteWith("chromium", "every page", () => {
  let stack: Stack;
  let fleet: LivelyFleet;
  let browser: TestBrowser;
  beforeAll(async () => {
    stack = await startStack({ historians: 1 });
    fleet = await startLivelyFleet(stack);
    browser = await startBrowser(stack);
  });
  afterEach(() => browser.endVisits());
  afterAll(async () => {
    await browser?.close();
    await fleet?.close();
    await stack?.[Symbol.asyncDispose]();
  });

  /**
   * Loads every view once, and checks it in every look.
   * @returns the faults, by view and look
   */
  async function check(looks: readonly Look[], more: NonNullable<VisitorOptions["more"]> = {}) {
    const found: Record<string, readonly string[]> = {};
    const options: VisitorOptions = { ...looks[0], more };
    const [signedOut, operator] = [await browser.visit(options), await browser.signIn("/devices", options)];
    browser.complaints.expect(/401 .*\/api\/session/, /404 .*\/api\/devices\/nobody/, /400 .*\/api\/history\/query/);
    for (const view of viewsOf(fleet).filter(({ name }) => name.includes(WANTED))) {
      const page = view.signedOut ? signedOut : operator;
      for (const look of looks) {
        await show(page, look);
        if (look === looks[0]) {
          await page.goto(view.path);
          await view.shown(page);
        }
        const wrong = await look.judge(page);
        if (wrong.length > 0) found[`${view.name}, ${look.theme}, ${look.width} px`] = wrong;
      }
    }
    return found;
  }

  it("breaks no rule of axe-core in either theme or on a phone, and fits the phone's width", async () => {
    const window = { width: 1280, height: 800 };
    const onPhone = async (page: Page) => [...(await axeViolations(page)), ...(await tooWide(page))];
    const looks: readonly Look[] = [
      { ...window, theme: "light", judge: (page) => axeViolations(page) },
      // The other theme changes colours only.
      { ...window, theme: "dark", judge: (page) => axeViolations(page, COLOUR_RULES) },
      { theme: "light", width: 360, height: 740, judge: onPhone },
    ];
    expect(await check(looks)).toEqual({});
  }, 480_000);

  it("can be used by touch on screens of three widths: targets have 40 px, and nothing is cut off", async () => {
    const judge = async (page: Page) => [...(await smallTargets(page)), ...(await tooWide(page))];
    const looks = [360, 768, 1024].map((width): Look => ({ theme: "light", width, height: 1_000, judge }));
    expect(await check(looks, { hasTouch: true, isMobile: true })).toEqual({});
  }, 480_000);

  it.each([
    [390, 844],
    [768, 1_024],
  ])("shows a device's values without scrolling, and the fleet's counts in full, on %d x %d", async (width, height) => {
    const page = await browser.signIn(`/devices/${fleet.device}`, { width, height });
    const values = page.getByRole("region", { name: "Latest values" });
    const value = values.getByRole("listitem").filter({ hasText: "pressure" });
    await value.waitFor();
    const box = await value.boundingBox();
    expect((box?.y ?? height) + (box?.height ?? 0)).toBeLessThan(height);
    await page.goto("/devices");
    const count = page.getByRole("button", { name: /^Never connected/ });
    await count.waitFor();
    expect(await count.evaluate((one) => one.scrollWidth - one.clientWidth)).toBeLessThanOrEqual(0);
  });
});
