import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { axeViolations, overflow } from "../support/browser/accessibility.ts";
import { browserSuite } from "../support/browser/suite.ts";

browserSuite("the page Imports", (suite) => {
  it("checks a file, imports it, shows the failed rows, and gives the credentials once", async () => {
    const page = await suite.browser.signIn("/onboarding/imports", { width: 400, theme: "dark" });
    await page.getByText("No imports yet").waitFor();
    const buffer = Buffer.from("id,name\npump-1,Pump 1\nno id,Pump 2\npump-3,Pump 3");
    await page.getByLabel("CSV or JSON file").setInputFiles({ name: "devices.csv", mimeType: "text/csv", buffer });
    await page.getByRole("button", { name: "Check only" }).click();
    await page.getByText("2 could be created, 1 failed").waitFor();
    expect((await suite.stack.api.devices()).total).toBe(0);
    // The first attempt is lost, and the button in its error repeats it.
    suite.browser.complaints.expect(/ERR_FAILED/);
    await page.route("**/api/imports*", (route) =>
      route.request().method() === "POST" ? route.abort() : route.continue(),
    );
    await page.getByRole("button", { name: "Import", exact: true }).click();
    const again = page.getByRole("button", { name: "Try again" });
    await again.waitFor();
    await page.unrouteAll();
    await again.click();
    await page.getByText("2 created, 1 failed").waitFor();
    await page.getByRole("button", { name: "Show failures" }).first().click();
    await page.getByRole("cell", { name: "no id" }).waitFor();
    expect([await axeViolations(page), await overflow(page)]).toEqual([[], 0]);
    if (process.env.SHOT) await page.screenshot({ path: `${process.env.SHOT}-devices.png`, fullPage: true });

    await page.getByRole("button", { name: "Download credentials" }).click();
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download", exact: true }).click();
    const lines = (await readFile(await (await saved).path(), "utf8")).trimEnd().split("\r\n");
    expect(lines).toHaveLength(3);
    await page.getByRole("button", { name: "Download credentials" }).waitFor({ state: "detached" });
  });

  it("makes provision requests from a template, and offers example files", async () => {
    const page = await suite.browser.signIn("/onboarding/imports");
    await page.getByLabel("Provision requests", { exact: true }).check();
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "provision-requests.csv" }).click();
    const file = await (await saved).path();
    await page.getByLabel(/^Template/).fill("{");
    const template = { name: "requests.csv", mimeType: "text/csv", buffer: await readFile(file) };
    await page.getByLabel("CSV or JSON file").setInputFiles(template);
    await page.getByRole("button", { name: "Import", exact: true }).click();
    await page.getByText("This is not valid JSON.").waitFor();
    await page.getByLabel(/^Template/).fill('{"generateActivationKey":true}');
    await page.getByRole("button", { name: "Import", exact: true }).click();
    await page.getByText("Import of provision requests: 2 rows").waitFor();
    await page.getByText("2 created, 0 failed").waitFor();
    if (process.env.SHOT) await page.screenshot({ path: `${process.env.SHOT}-requests.png`, fullPage: true });
    const credentials = page.waitForEvent("download");
    const item = page.getByRole("listitem").filter({ hasText: "Import of provision requests" });
    await item.getByRole("button", { name: "Download credentials" }).click();
    await page.getByRole("button", { name: "Download", exact: true }).click();
    const lines = (await readFile(await (await credentials).path(), "utf8")).trimEnd().split("\r\n");
    expect(lines[1]).toMatch(/^1,[^,]+,,0090E8A1B2C3,0090E8A1B2C3-TAIJB1023211,.{24},.{32}$/);
    await page.getByRole("link", { name: "Requests", exact: true }).click();
    await page.getByRole("link", { name: "Meter 7" }).waitFor();
  });
});
