import type { Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type BigFleet, writeBigFleet } from "../support/big-fleet.ts";
import { startBrowser, type TestBrowser } from "../support/browser/browser.ts";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { suiteWith } from "../support/suite-with.ts";

const DEVICES = 100_000;
const AT_SITE = DEVICES / 50;

suiteWith("chromium", "a fleet of 100,000 devices in the browser", () => {
  let stack: Stack;
  let fleet: BigFleet;
  let browser: TestBrowser;
  beforeAll(async () => {
    // Reactors would declare the events' gateways lost, because these have no leases.
    stack = await startStack({ reactors: 0 });
    fleet = await writeBigFleet(stack, DEVICES, 20_000);
    browser = await startBrowser(stack);
  }, 120_000);
  afterEach(() => browser.endVisits());
  afterAll(async () => {
    await browser?.close();
    await fleet?.close();
    await stack?.[Symbol.asyncDispose]();
  });

  const table = (page: Page): Locator => page.getByRole("grid", { name: "Devices" });
  const row = (page: Page, id: string): Locator => table(page).getByRole("row").filter({ hasText: id });
  const count = (page: Page, text: string): Promise<void> =>
    page.getByRole("status").filter({ hasText: text }).waitFor();
  const firstRow = (page: Page): Locator => table(page).locator("[aria-rowindex='2']");
  const drawnRows = (page: Page): Promise<number> => table(page).getByRole("row").count();

  it("is counted, in total and by status", async () => {
    const { body } = await stack.api.call<{ byStatus: Record<string, number> }>("GET", "/api/devices/summary");
    const page = await browser.signIn();
    await count(page, "100,000 devices");
    await page.getByRole("button", { name: /^In service\s+100,000/ }).waitFor();
    const connected = (body.byStatus.connected ?? 0).toLocaleString("en");
    await page.getByRole("button", { name: new RegExp(`^Connected\\s+${connected}`) }).click();
    await count(page, `${connected} devices`);
    expect(new URL(page.url()).search).toBe("?status=connected");
    await page.goBack();
    await count(page, "100,000 devices");
  });

  it("is scrolled to any position, and renders only visible rows", async () => {
    const page = await browser.signIn("/devices?sort=id");
    await row(page, "device-000000").waitFor();
    const scroller = page.locator("main");
    for (const part of [0.5, 0.123, 0.9]) {
      await scroller.evaluate((main, to) => main.scrollTo(0, main.scrollHeight * to), part);
      const index = Math.round(DEVICES * part);
      await eventually(async () => {
        const shown = await table(page).getByRole("row").getByRole("link").allTextContents();
        const numbers = shown.map((id) => Number(id.replace("device-", "")));
        expect(Math.min(...numbers.map((number) => Math.abs(number - index)))).toBeLessThan(200);
      });
      expect(await drawnRows(page)).toBeLessThan(100);
    }
    await table(page).focus();
    await page.keyboard.press("End");
    await row(page, "device-099999").waitFor();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/devices/device-099998");
    await page.getByRole("heading", { level: 1, name: "device-099998" }).waitFor();
    await page.goBack();
    await row(page, "device-099998").waitFor();
  });

  it("is searched by id, name and serial, with a message when nothing matches", async () => {
    const page = await browser.signIn();
    await count(page, "100,000 devices");
    await page.keyboard.press("/");
    const search = page.getByRole("searchbox", { name: "Search devices" });
    for (const text of ["device-077776", "pump 077776", "sn07777677"]) {
      await search.fill(text);
      await page.waitForURL(({ searchParams }) => searchParams.get("search") === text);
      await count(page, "1 device");
      await row(page, "device-077776").waitFor();
    }
    await search.fill("no such thing");
    await page.getByRole("heading", { name: "No device matches" }).waitFor();
    await page.getByRole("button", { name: "Clear all filters" }).click();
    await count(page, "100,000 devices");
  });

  it("is filtered by several properties at once, and its URL restores the filters", async () => {
    const page = await browser.signIn();
    const tag = page.getByLabel("Tag", { exact: true });
    await tag.selectOption("site-8");
    await page.waitForURL(/tag=site-8/);
    await tag.selectOption("site-7");
    await page.waitForURL(/tag=site-7/);
    await page.goBack();
    // A browser ignores an option's attribute `selected` once somebody has chosen from the list.
    await eventually(async () => expect(await tag.inputValue()).toBe("site-8"));
    await tag.selectOption("site-7");
    await count(page, `${AT_SITE.toLocaleString("en")} devices`);
    await page.getByLabel("Firmware").selectOption("2.7.1");
    const { total } = await stack.api.devices("?tag=site-7&firmware=2.7.1&limit=1");
    expect(total).toBeGreaterThan(0);
    await count(page, `${total.toLocaleString("en")} devices`);
    const connected = await stack.api.devices("?tag=site-7&firmware=2.7.1&status=connected&limit=1");
    for (const [name, number] of [
      ["In service, filtered", total],
      ["Connected", connected.total],
    ] as const)
      await page
        .getByRole("button", { name: new RegExp(`^${name}\\s+${number.toLocaleString("en")}(?!\\d|,)`) })
        .waitFor();

    const other = await browser.signIn(new URL(page.url()).pathname + new URL(page.url()).search);
    await count(other, `${total.toLocaleString("en")} devices`);
    expect(await other.getByLabel("Tag", { exact: true }).inputValue()).toBe("site-7");
    await other.getByRole("button", { name: "Clear" }).click();
    await count(other, "100,000 devices");
  });

  it("is filtered by the time when a device was last seen", async () => {
    const connected = await stack.api.devices("?status=connected&limit=1");
    const page = await browser.signIn();
    await page.getByLabel("Last seen").selectOption({ label: "Seen in the last hour" });
    await count(page, `${connected.total.toLocaleString("en")} devices`);
  });

  it("is sorted by any column, both ways", async () => {
    const page = await browser.signIn();
    const { items: wrong } = await stack.api.devices("?sort=attention&limit=1");
    expect(wrong[0]?.status).not.toBe("connected");
    await firstRow(page)
      .filter({ hasText: wrong[0]?.id ?? "" })
      .waitFor();
    const heading = (name: string) => table(page).getByRole("columnheader", { name, exact: true });
    await heading("Device").getByRole("button").click();
    await firstRow(page).filter({ hasText: "device-000000" }).waitFor();
    await heading("Device").getByRole("button").click();
    await firstRow(page).filter({ hasText: "device-099999" }).waitFor();
    expect(await heading("Device").getAttribute("aria-sort")).toBe("descending");
    await heading("Status since").getByRole("button").click();
    const { items } = await stack.api.devices("?sort=since&limit=1");
    await firstRow(page)
      .filter({ hasText: items[0]?.id ?? "" })
      .waitFor();
    expect(new URL(page.url()).search).toBe("?sort=since");
    await page.getByRole("button", { name: "Sort by what is wrong" }).click();
    await page.getByText("What is wrong comes first").waitFor();
    expect(new URL(page.url()).search).toBe("");
  });
});
