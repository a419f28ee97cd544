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

/** The operator's pages in a real browser, with a large fleet behind them. */
export const ui: Measure = {
  name: "UI with a large fleet",
  async run({ quick, say }) {
    if (quick) {
      say("left out of --quick: it takes more than a minute");
      return [];
    }
    if (!hasChromium) {
      say("left out: there is no Chromium here");
      return [];
    }
    await buildPages(say);
    // Without reactors: nobody holds leases for the gateways of these sessions.
    await using stack = await startStack({ reactors: 0 });
    say(`writing ${DEVICES} devices`);
    const fleet = await writeBigFleet(stack, DEVICES);
    const browser = await startBrowser(stack);
    try {
      say("first paint");
      const painted = await firstPaint(browser);
      say("search");
      return [...painted, await search(browser), ...(await scrolling(browser, fleet, say))];
    } finally {
      await browser.close();
      await fleet.close();
    }
  },
};
