import type { DeviceDetail } from "@fleetlog/protocol";
import type { Page } from "playwright-core";
import { beforeAll, expect, it } from "vitest";
import { browserSuite } from "../support/browser/suite.ts";
import { eventually } from "../support/eventually.ts";

browserSuite(
  "the page of changes between two moments",
  (suite) => {
    const changes = (page: Page) => page.getByRole("list", { name: "Changes" }).locator(":scope > li");
    const given = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);

    let before = 0;
    beforeAll(async () => {
      const { api } = suite.stack;
      for (const id of ["pump-a", "pump-b"]) await api.register(id, { name: "Old name" });
      before = (await api.call<DeviceDetail>("GET", "/api/devices/pump-b")).body.seq;
      await api.call("PATCH", "/api/devices/pump-a", { name: "New name", tags: ["roof"] });
      await api.call("PATCH", "/api/devices/pump-b", { name: "New name" });
    });

    it("is opened from an earlier time, lists the changes since then, and leads to their events", async () => {
      const page = await suite.browser.signIn(`/devices/pump-a?at=${before}`);
      await page.getByRole("link", { name: "What changed since then" }).click();
      await eventually(async () => expect(await changes(page).count()).toBe(2));
      expect([given(page, "from"), given(page, "device")]).toEqual([String(before), "pump-a"]);
      const name = changes(page).filter({ hasText: "New name" });
      expect(await name.innerText()).toContain("Old name");
      await name.locator("summary").click();
      await name.getByRole("link", { name: /^pump-a after event/ }).click();
      await page.getByText(/^This is the past/).waitFor();
      await page.getByText("New name").first().waitFor();
    });

    it("filters by cause and field, which a link keeps and Back undoes", async () => {
      const page = await suite.browser.signIn(`/history?from=${before}`);
      await eventually(async () => expect(await changes(page).count()).toBe(3));
      await page.getByRole("group", { name: "Causes" }).getByRole("button").first().click();
      expect(given(page, "cause")).toBe("operator");
      await page.getByRole("button", { name: "Tags", exact: true }).click();
      await eventually(async () => expect(await changes(page).count()).toBe(1));
      const colleague = await suite.browser.signIn(page.url().slice(new URL(page.url()).origin.length));
      await eventually(async () => expect(await changes(colleague).count()).toBe(1));
      await page.goBack();
      await eventually(async () => expect(await changes(page).count()).toBe(3));
    });

    it("leads from an event of a device to its cause and effects, which a link keeps", async () => {
      const { body } = await suite.stack.api.command("pump-b", { name: "flush" });
      await suite.stack.api.call("DELETE", `/api/commands/${body.id}`);
      const page = await suite.browser.signIn("/devices/pump-b");
      const raw = page.getByRole("button", { name: /^Raw event/ });
      const event = page.getByRole("listitem").filter({ has: raw, hasText: "flush" }).last();
      await event.getByRole("button", { name: /^Raw event/ }).click();
      await event.getByRole("link", { name: "What caused it, and what it caused" }).click();
      const chain = page.getByRole("list", { name: "Causes and their effects" });
      await chain.getByText("CommandCancelled").waitFor();
      await page.reload();
      expect(await chain.locator("[aria-current]").innerText()).toContain("CommandIssued");
      await page.goto(`/commands/${body.id}`);
      await page.getByRole("link", { name: "Cause and effect" }).click();
      await chain.getByText("CommandCancelled").waitFor();
      await chain.getByRole("link", { name: "pump-b" }).first().click();
      await page.getByText(/^This is the past/).waitFor();
    });

    it("turns pages", async () => {
      const { api } = suite.stack;
      for (let i = 0; i < 26; i++) await api.register(`extra-${i}`, { name: "Extra" });
      const page = await suite.browser.signIn(`/history?from=${before}`);
      await eventually(async () => expect(await changes(page).count()).toBe(50));
      const first = changes(page).first();
      const newest = await first.innerText();
      await page.getByRole("button", { name: "Older changes" }).click();
      await eventually(async () => expect(await first.innerText()).not.toBe(newest));
      await page.reload();
      await page.getByRole("button", { name: "First page" }).waitFor();
      expect(await first.innerText()).not.toBe(newest);
      await page.getByRole("button", { name: "First page" }).click();
      await eventually(async () => expect(await first.innerText()).toBe(newest));
    });
  },
  { historians: 1 },
);
