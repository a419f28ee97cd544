import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import {
  axeViolations,
  backwardSteps,
  drawnByBrowser,
  nextFrame,
  overflow,
  smallTargets,
} from "../support/browser/accessibility.ts";
import { startBrowser, type TestBrowser, type Theme } from "../support/browser/browser.ts";
import { openView } from "../support/browser/open.ts";
import { byTouch, type TouchScreen } from "../support/browser/touch.ts";
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
  readonly rules: readonly string[];
}

const LOOKS: readonly Look[] = [
  { theme: "light", width: 1280, height: 800, rules: [] },
  // The other theme changes colours only.
  { theme: "dark", width: 1280, height: 800, rules: COLOUR_RULES },
];

const PHONE: TouchScreen = { width: 360, height: 740 };
/** Screens on which the pages are used by touch. */
const SCREENS: readonly TouchScreen[] = [PHONE, { width: 768, height: 1_000 }, { width: 1024, height: 1_000 }];

interface Faults {
  readonly rules: Record<string, readonly string[]>;
  readonly touch: Record<string, readonly string[]>;
  readonly order: Record<string, readonly string[]>;
  readonly titles: Record<string, readonly string[]>;
}

/** Changes theme and window, and waits for the next frame. */
async function show(page: Page, { theme, width, height }: Look): Promise<void> {
  await page.emulateMedia({ colorScheme: theme });
  await page.setViewportSize({ width, height });
  await nextFrame(page);
}

async function tooWide(page: Page, width: number): Promise<readonly string[]> {
  const wider = await overflow(page, width);
  return wider > 0 ? [`wider than the screen by ${wider} px`] : [];
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

  /** Opens every view once, and checks it in every look, then by touch on every screen. */
  async function check(): Promise<Faults> {
    const faults: Faults = { rules: {}, touch: {}, order: {}, titles: {} };
    const add = (to: Faults[keyof Faults], name: string, wrong: readonly string[]) => {
      if (wrong.length > 0) to[name] = wrong;
    };
    const [signedOut, operator] = [await browser.visit(LOOKS[0]), await browser.signIn("/devices", LOOKS[0])];
    browser.complaints.expect(/401 .*\/api\/session/, /404 .*\/api\/devices\/nobody/, /400 .*\/api\/history\/query/);
    for (const view of viewsOf(fleet).filter(({ name }) => name.includes(WANTED))) {
      const page = view.signedOut ? signedOut : operator;
      for (const look of LOOKS) {
        await show(page, look);
        if (look === LOOKS[0]) await openView(page, view);
        const wrong = [...(await axeViolations(page, look.rules)), ...(await drawnByBrowser(page))];
        add(faults.rules, `${view.name}, ${look.theme}, ${look.width} px`, wrong);
      }
      if (!view.signedOut && !view.result) add(faults.titles, view.name, await otherTitle(page));
      await page.emulateMedia({ colorScheme: "light" });
      await byTouch(page, SCREENS, async (screen) => {
        const name = `${view.name}, ${screen.width} px`;
        if (screen === PHONE) add(faults.rules, name, await axeViolations(page));
        add(faults.order, name, await backwardSteps(page));
        add(faults.touch, name, [...(await smallTargets(page)), ...(await tooWide(page, screen.width))]);
      });
    }
    return faults;
  }

  /** One style of headings: a page's heading has the words of its title. */
  async function otherTitle(page: Page): Promise<readonly string[]> {
    const [title = ""] = (await page.title()).split(" · ");
    const heading = await page.getByRole("heading", { level: 1 }).first().innerText();
    return title === "Not found" || heading.includes(title) ? [] : [`"${heading}" is the heading of "${title}"`];
  }

  let checked: Promise<Faults> | undefined;
  /** Opening the views again for the second test would take 20 s. */
  const faults = () => {
    checked ??= check();
    return checked;
  };

  it("breaks no rule of axe-core in either theme or on a phone, and has no check box of the browser", async () => {
    expect((await faults()).rules).toEqual({});
  }, 600_000);

  it("can be used by touch on screens of three widths: targets have 40 px, and nothing is cut off", async () => {
    expect((await faults()).touch).toEqual({});
  }, 600_000);

  it("has its title as its heading", async () => {
    expect((await faults()).titles).toEqual({});
  }, 600_000);

  it("is walked by Tab in the order in which it is seen, in one column", async () => {
    expect((await faults()).order).toEqual({});
  }, 600_000);

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
