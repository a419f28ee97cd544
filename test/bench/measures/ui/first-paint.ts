import type { Page } from "playwright-core";
import type { TestBrowser } from "../../../support/browser/browser.ts";
import { median, type Result } from "../../measure.ts";
import { addProbe } from "./probe.ts";

const LOADS = 5;

export async function firstPaint(browser: TestBrowser): Promise<readonly Result[]> {
  const signedIn = await browser.signIn();
  const storageState = await signedIn.context().storageState();
  await signedIn.context().close();
  const times: number[] = [];
  const bytes: number[] = [];
  for (let load = 0; load < LOADS; load++) {
    const page = await browser.visit({ more: { storageState } });
    await addProbe(page);
    const transferred = await countBytes(page);
    await page.goto("/devices");
    times.push(await page.evaluate(() => probe.drawn(() => probe.find("[role=row][data-index]") !== undefined)));
    await page.waitForLoadState("networkidle");
    bytes.push(transferred());
    await page.context().close();
  }
  return [
    { name: "UI: first useful paint of 100,000 devices", value: median(times), unit: "ms", goal: { atMost: 1_500 } },
    { name: "UI: first load, compressed", value: median(bytes) / 1_024, unit: "KiB", goal: { atMost: 250 } },
  ];
}

async function countBytes(page: Page): Promise<() => number> {
  let bytes = 0;
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  session.on("Network.loadingFinished", ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  return () => bytes;
}
