import { readFile } from "node:fs/promises";
import { beforeAll, expect, it } from "vitest";
import { axeViolations, overflow } from "../support/browser/accessibility.ts";
import { browserSuite } from "../support/browser/suite.ts";
import { eventually } from "../support/eventually.ts";

const INVITED = { email: "ada@example.org", role: "operator" };

browserSuite("the page Audit", (suite) => {
  beforeAll(async () => {
    await suite.stack.api.register("pump-1");
    await suite.stack.api.command("pump-1", { name: "reboot" });
    await fetch(`${suite.stack.api.url}/api/devices`, { headers: { authorization: "Bearer wrong" } });
  });

  it("shows acts and refusals live, filters them by a click, and exports the shown entries", async () => {
    const page = await suite.browser.signIn("/audit");
    const entries = page.getByRole("list", { name: "Entries" }).getByRole("listitem");
    await entries.filter({ hasText: "command.issue" }).getByText("127.0.0.1").waitFor();
    await entries.filter({ hasText: "Refused" }).getByText("GET /api/devices: unauthenticated").waitFor();
    await suite.stack.api.register("pump-2");
    await entries.first().getByText("pump-2").waitFor();
    expect(await axeViolations(page)).toEqual([]);

    await entries.first().getByRole("button", { name: "device.register" }).click();
    await page.getByText("2 entries").waitFor();
    await page.getByLabel("Device", { exact: true }).fill("pump-1");
    await page.keyboard.press("Enter");
    await page.getByText("1 entry").waitFor();
    expect(new URL(page.url()).search).toBe("?action=device.register&device=pump-1");
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export as CSV" }).click();
    const lines = (await readFile(await (await saved).path(), "utf8")).trimEnd().split("\r\n");
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain("device.register");
    await page.goBack();
    await page.getByText("2 entries").waitFor();
  });

  it("shows who signed in, how and from where", async () => {
    const page = await suite.browser.signIn("/audit?kind=sign-in", { width: 360, theme: "dark" });
    const entries = page.getByRole("list", { name: "Entries" }).getByRole("listitem");
    const signIn = entries.filter({ hasText: "session.begin" }).first();
    await signIn.getByText("by token or link").waitFor();
    await signIn.getByText("127.0.0.1").waitFor();
    expect(await page.getByLabel("Kind").inputValue()).toBe("sign-in");
    expect([await axeViolations(page), await overflow(page)]).toEqual([[], 0]);
  });

  it("leads from an entry to what was changed, and names people", async () => {
    const { id } = (await suite.stack.api.call<{ id: string }>("POST", "/api/people", INVITED)).body;
    const request = { clientId: "meter-1", userName: "meter-1", device: {} };
    await suite.stack.api.call("POST", "/api/provision-requests", request);
    const page = await suite.browser.signIn("/audit?action=person.manage");
    const person = page.getByRole("link", { name: INVITED.email });
    expect([await person.getAttribute("title"), await page.getByText(id).count()]).toEqual([id, 0]);
    await person.press("Enter");
    await page.getByText("1 person", { exact: true }).waitFor();
    await page.goto("/audit?action=provision-request.create");
    await page.getByRole("link", { name: /^provision request .{8}…$/ }).press("Enter");
    await page.getByRole("heading", { name: "meter-1" }).waitFor();
  });

  it("filters by a person's name, and says its times in words", async () => {
    const { items } = (await suite.stack.api.call<{ items: { id: string }[] }>("GET", "/api/people")).body;
    const page = await suite.browser.signIn("/audit?from=2026-01-31T12:00:00Z", { width: 390, theme: "dark" });
    await page.getByText(/^from Sat,? 31 Jan 2026, /).waitFor();
    const person = page.getByRole("combobox", { name: "Person" });
    await person.fill("ada@");
    await person.press("Enter");
    await eventually(async () => {
      expect(new URL(page.url()).searchParams.get("by")).toBe(items[0]?.id);
      expect(await person.inputValue()).toBe(INVITED.email);
    });
    expect([await axeViolations(page), await overflow(page)]).toEqual([[], 0]);
  });

  it("keeps its link in the bar of pages visible after the window has become narrow", async () => {
    const page = await suite.browser.signIn("/audit");
    await page.getByText(/entries$/).waitFor();
    await page.setViewportSize({ width: 390, height: 800 });
    const entry = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Audit" });
    await eventually(async () => {
      const box = await entry.boundingBox();
      expect((box?.x ?? 390) + (box?.width ?? 0)).toBeLessThanOrEqual(390);
    });
  });

  it("fits a phone in the dark theme, and shows refusals alone", async () => {
    const page = await suite.browser.signIn("/audit?kind=refusal", { width: 400, theme: "dark" });
    await page.getByText("GET /api/devices: unauthenticated").waitFor();
    await eventually(async () => expect(await page.getByText("command.issue").count()).toBe(0));
    expect([await axeViolations(page), await overflow(page)]).toEqual([[], 0]);
  });
});
