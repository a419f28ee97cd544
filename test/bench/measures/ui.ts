import { buildPages } from "@fleetlog/infra/pages";
import { writeBigFleet } from "../../support/big-fleet.ts";
import { startBrowser } from "../../support/browser/browser.ts";
import { hasChromium } from "../../support/programs.ts";
import { startStack } from "../../support/stack.ts";
import type { Measure } from "../measure.ts";
import { firstPaint } from "./ui/first-paint.ts";
import { scrolling } from "./ui/scrolling.ts";
import { search } from "./ui/search.ts";

const DEVICES = 100_000;

export const ui: Measure = {
  name: "UI with a large fleet",
  async run({ quick, progress }) {
    if (quick) {
      progress("skipped with --quick: it takes more than a minute");
      return [];
    }
    if (!hasChromium) {
      progress("skipped: Chromium is not installed");
      return [];
    }
    await buildPages(progress);
    // Reactors would declare the events' gateways lost, because these have no leases.
    await using stack = await startStack({ reactors: 0 });
    progress(`writing ${DEVICES} devices`);
    const fleet = await writeBigFleet(stack, DEVICES);
    const browser = await startBrowser(stack);
    try {
      progress("first paint");
      const painted = await firstPaint(browser);
      progress("search");
      return [...painted, await search(browser), ...(await scrolling(browser, fleet, progress))];
    } finally {
      await browser.close();
      await fleet.close();
    }
  },
};
