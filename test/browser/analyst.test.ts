import { readFile } from "node:fs/promises";
import { beforeAll, expect, it } from "vitest";
import { browserSuite } from "../support/browser/suite.ts";

browserSuite(
  "the pages of analysts",
  (suite) => {
    beforeAll(async () => {
      for (const id of ["pump-1", "pump-2"]) await suite.stack.api.register(id);
    });

    it("run a statement by keyboard, show its chart and rows, and download them", async () => {
      const page = await suite.browser.signIn("/history/sql");
      const statement = page.getByRole("textbox", { name: "Statement" });
      await statement.fill("SELECT id, seq FROM devices ORDER BY id");
      await page.keyboard.press("Control+Enter");
      await page.getByRole("cell", { name: "pump-2" }).waitFor();
      await page.getByRole("img", { name: /Bars of seq/ }).waitFor();
      const saved = page.waitForEvent("download");
      await page.getByRole("button", { name: "Download CSV" }).click();
      expect(await readFile(await (await saved).path(), "utf8")).toMatch(/^id,seq\r\npump-1,\d+\r\npump-2,\d+\r\n$/);
      await page.reload();
      await page.waitForFunction(() => document.title.startsWith("SQL"));
      expect(await statement.inputValue()).toBe("SELECT id, seq FROM devices ORDER BY id");
    });

    it("mark the place of an error, and stop an endless query", async () => {
      const page = await suite.browser.signIn("/history/sql");
      suite.browser.complaints.expect(/400 .*\/api\/history\/query/);
      const statement = page.getByRole("textbox", { name: "Statement" });
      await statement.fill("SELECT id\nFROM device");
      await page.keyboard.press("Control+Enter");
      await page.getByRole("button", { name: "Go to line 2, column 6" }).click();
      expect(await statement.evaluate((field: HTMLTextAreaElement) => field.selectionStart)).toBe(15);
      await statement.fill("SELECT count(*) FROM range(1000000000000)");
      await page.keyboard.press("Control+Enter");
      await page.getByText("Running…").waitFor();
      await page.keyboard.press("Escape");
      await page.getByText("Stopped.").waitFor();
      // The historian runs one statement at a time, so this one shows that the other has ended.
      await statement.fill("SELECT 'free' AS free");
      await page.keyboard.press("Control+Enter");
      await page.getByRole("cell", { name: "free" }).waitFor();
    });

    it("download an export of one device", async () => {
      const page = await suite.browser.signIn("/history/exports");
      await page.getByRole("textbox", { name: "Device" }).fill("pump-1");
      await page.keyboard.press("Tab");
      await page.getByText(/^1 event in sequences/).waitFor();
      const saved = page.waitForEvent("download");
      await page.getByRole("link", { name: "Download" }).click();
      expect(await readFile(await (await saved).path(), "utf8")).toMatch(/^\{"seq":\d+,.*"DeviceRegistered".*\n$/);
      await page.getByRole("link", { name: "SQL" }).click();
      await page.getByRole("textbox", { name: "Statement" }).waitFor();
    });
  },
  { historians: 1 },
);
