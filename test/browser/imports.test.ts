import { readFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { axeViolations, overflow } from "../support/browser/accessibility.ts";
import { startBrowser, type TestBrowser } from "../support/browser/browser.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { suiteWith } from "../support/suite-with.ts";

suiteWith("chromium", "the page Imports", () => {
  let stack: Stack;
  let browser: TestBrowser;
  beforeAll(async () => {
    stack = await startStack();
    browser = await startBrowser(stack);
  });
  afterEach(() => browser.endVisits());
  afterAll(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
  });

  it("checks a file, imports it, shows what failed, and gives the credentials once", async () => {
    const page = await browser.signIn("/imports", { width: 400, theme: "dark" });
    await page.getByText("No imports yet").waitFor();
    const buffer = Buffer.from("id,name\npump-1,Pump 1\nno id,Pump 2\npump-3,Pump 3");
    await page.getByLabel("CSV file").setInputFiles({ name: "devices.csv", mimeType: "text/csv", buffer });
    await page.getByRole("button", { name: "Check only" }).click();
    await page.getByText("2 could be created, 1 failed").waitFor();
    expect((await stack.api.devices()).total).toBe(0);
    await page.getByRole("button", { name: "Import", exact: true }).click();
    await page.getByText("2 created, 1 failed").waitFor();
    await page.getByRole("button", { name: "Show failures" }).first().click();
    await page.getByRole("cell", { name: "no id" }).waitFor();
    expect([await axeViolations(page), await overflow(page)]).toEqual([[], 0]);
    if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT, fullPage: true });

    await page.getByRole("button", { name: "Download credentials" }).click();
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download", exact: true }).click();
    const lines = (await readFile(await (await saved).path(), "utf8")).trimEnd().split("\r\n");
    expect(lines).toHaveLength(3);
    await page.getByRole("button", { name: "Download credentials" }).waitFor({ state: "detached" });
  });
});
