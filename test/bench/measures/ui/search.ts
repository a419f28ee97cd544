import type { TestBrowser } from "../../../support/browser/browser.ts";
import { median, type Result } from "../../measure.ts";
import { addProbe } from "./probe.ts";

const SEARCHES = [77_776, 12_345, 55_550, 99_998, 31_313, 64_206, 8_192].map((number) => {
  const digits = String(number).padStart(6, "0");
  return { text: `pump ${digits}`, id: `device-${digits}` };
});
const KEY_MS = 90;

export async function search(browser: TestBrowser): Promise<Result> {
  const page = await browser.visit();
  await addProbe(page);
  await browser.enter(page);
  const field = page.getByRole("searchbox", { name: "Search devices" });
  const times: number[] = [];
  for (const { text, id } of SEARCHES) {
    await field.fill("");
    await page.getByRole("status").filter({ hasText: "100,000 devices" }).waitFor();
    await page.evaluate((wanted) => {
      const typed = { at: 0 };
      probe.find("input[type=search]")?.addEventListener("keydown", ({ timeStamp }) => {
        typed.at = timeStamp;
      });
      const first = () => probe.find("[role=row][data-index='0']")?.textContent ?? "";
      probe.result = probe.drawn(() => first().includes(wanted)).then((drawn) => drawn - typed.at);
    }, id);
    await field.pressSequentially(text, { delay: KEY_MS });
    times.push(await page.evaluate(() => probe.result ?? Number.NaN));
  }
  await page.context().close();
  return { name: "UI: last key of a search to its result", value: median(times), unit: "ms", goal: { atMost: 150 } };
}
