import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { axeViolations, overflow, smallTargets } from "../support/browser/accessibility.ts";
import { startBrowser, type TestBrowser, type Theme, type VisitorOptions } from "../support/browser/browser.ts";
import { viewsOf } from "../support/browser/views.ts";
import { type LivelyFleet, startLivelyFleet } from "../support/lively-fleet.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { suiteWith } from "../support/suite-with.ts";

suiteWith("chromium", "every page", () => {
  let stack: Stack;
  let fleet: LivelyFleet;
  let browser: TestBrowser;
  beforeAll(async () => {
    stack = await startStack();
    fleet = await startLivelyFleet(stack);
    browser = await startBrowser(stack);
  });
  afterEach(() => browser.endVisits());
  afterAll(async () => {
    await browser?.close();
    await fleet?.close();
    await stack?.[Symbol.asyncDispose]();
  });

  /** Judges every view. @returns what is wrong, by name of the view */
  async function check(options: VisitorOptions, judge: (page: Page) => Promise<readonly string[]>) {
    const found: Record<string, readonly string[]> = {};
    const [signedOut, operator] = [await browser.visit(options), await browser.signIn("/devices", options)];
    // The browser logs that the gateway refuses requests without a session.
    browser.complaints.expect(/401 .*\/api\/session/, /404 .*\/api\/devices\/nobody/);
    for (const view of viewsOf(fleet)) {
      const page = view.signedOut ? signedOut : operator;
      await page.goto(view.path);
      await view.shown(page);
      const wrong = await judge(page);
      if (wrong.length > 0) found[view.name] = wrong;
    }
    return found;
  }

  it.each<Theme>(["light", "dark"])(
    "breaks no rule of axe-core in the %s theme",
    async (theme) => {
      expect(await check({ theme }, axeViolations)).toEqual({});
    },
    120_000,
  );

  it("breaks no rule of axe-core on a phone, and fits its width", async () => {
    const judge = async (page: Page) => {
      const wider = await overflow(page);
      return [...(await axeViolations(page)), ...(wider > 0 ? [`wider than the window by ${wider} px`] : [])];
    };
    expect(await check({ width: 360, height: 740 }, judge)).toEqual({});
  }, 120_000);

  it.each([360, 768, 1024])(
    "can be used by touch on a screen %d px wide: targets have 40 px, and nothing is cut off",
    async (width) => {
      const judge = async (page: Page) => {
        const wider = await overflow(page);
        return [...(await smallTargets(page)), ...(wider > 0 ? [`wider than the window by ${wider} px`] : [])];
      };
      expect(await check({ width, height: 1_000, more: { hasTouch: true, isMobile: true } }, judge)).toEqual({});
    },
    120_000,
  );

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
