import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { axeViolations, overflow } from "../support/browser/accessibility.ts";
import { startBrowser, type TestBrowser } from "../support/browser/browser.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { suiteWith } from "../support/suite-with.ts";

suiteWith("chromium", "artifacts in the browser", () => {
  let stack: Stack;
  let browser: TestBrowser;
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "fleetlog-files-"));
    stack = await startStack();
    browser = await startBrowser(stack);
  });
  afterEach(() => browser.endVisits());
  afterAll(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it("are uploaded, shown with their hashes, downloaded and deleted", async () => {
    const bytes = randomBytes(3_000_000);
    const file = join(folder, "pump-firmware_1.4.2.bin");
    await writeFile(file, bytes);
    const page = await browser.signIn("/artifacts");
    await page.getByText("No artifacts yet").waitFor();
    await page.locator("input[type=file]").setInputFiles(file);
    expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe("pump-firmware");
    expect(await page.getByLabel("Version", { exact: true }).inputValue()).toBe("1.4.2");
    browser.complaints.expect(/ERR_FAILED/);
    await page.route("**/api/artifacts/pump-firmware/*", (route) => route.abort());
    await page.getByRole("button", { name: "Upload" }).click();
    const again = page.getByRole("button", { name: "Try again" });
    await again.waitFor();
    await page.unrouteAll();
    await again.click();
    const item = page.getByRole("listitem").filter({ hasText: "pump-firmware 1.4.2" });
    await item.getByText(createHash("sha256").update(bytes).digest("hex")).waitFor();
    await item.getByText(createHash("sha1").update(bytes).digest("hex")).waitFor();

    const downloading = page.waitForEvent("download");
    await item.getByRole("link", { name: "Download" }).click();
    expect((await readFile(await (await downloading).path())).equals(bytes)).toBe(true);

    expect(await axeViolations(page)).toEqual([]);
    await page.setViewportSize({ width: 400, height: 800 });
    expect(await overflow(page)).toBeLessThanOrEqual(0);

    await item.getByRole("button", { name: "Delete pump-firmware 1.4.2" }).click();
    await page.locator("fl-confirm").getByRole("button", { name: "Delete pump-firmware 1.4.2" }).click();
    await page.getByText("No artifacts yet").waitFor();
    expect((await stack.api.call("GET", "/api/artifacts/pump-firmware/1.4.2")).status).toBe(404);
  });

  it("are refused with the reason, and the typed text stays", async () => {
    await stack.api.call("PUT", "/api/artifacts/valve/2.0", "other bytes");
    const file = join(folder, "valve-2.0.zip");
    await writeFile(file, "new bytes");
    const page = await browser.signIn("/artifacts");
    await page.locator("input[type=file]").setInputFiles(file);
    await page.getByRole("button", { name: "Upload" }).click();
    await page.getByText("a version never changes").waitFor();
    browser.complaints.take();
    expect(await page.getByLabel("Version", { exact: true }).inputValue()).toBe("2.0");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Choose a file" }).waitFor();
  });
});
