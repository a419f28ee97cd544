import type { Locator, Page } from "playwright-core";
import { beforeAll, expect, it } from "vitest";
import { browserSuite } from "../support/browser/suite.ts";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { eventually } from "../support/eventually.ts";
import { writePast } from "../support/past.ts";

const SECOND = 1_000;
const HOUR = 3_600_000;
const DEVICES = ["pump-a", "pump-b", "pump-c", "pump-d"] as const;

browserSuite(
  "the pages as of an earlier time",
  (suite) => {
    const grid = (page: Page): Locator => page.getByRole("grid", { name: "Devices" });
    const row = (page: Page, id: string): Locator => grid(page).getByRole("row").filter({ hasText: id });
    const banner = (page: Page): Locator => page.getByText(/^This is the past: as of/);
    const field = (page: Page): Locator => page.getByLabel(/^Time, /);
    const atOf = (page: Page): string | null => new URL(page.url()).searchParams.get("at");
    const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

    /** A time between all earlier and all later events. */
    async function moment(): Promise<string> {
      await wait(1.1 * SECOND);
      const at = new Date().toISOString();
      await wait(1.1 * SECOND);
      return at;
    }

    let before = "";
    let after = "";
    beforeAll(async () => {
      const { api, nats } = suite.stack;
      const lost = { gateway: "old-gateway", from: 49, to: 48 };
      const old = { device: "very-old", name: "Old", tags: [], registeredHoursAgo: 50, sessions: [], lost };
      await writePast(nats, [old]);
      for (const id of DEVICES) await api.register(id, { name: "Old name", tags: [id, "cellar"] });
      await api.register("removed", { tags: ["cellar"] });
      const token = await api.register("valve", { name: "Old name" });
      const { httpPort = 0, mqttPort = 0 } = suite.stack.gateways[0] ?? {};
      const onCommand = () => ({ done: true });
      const valve = await connectMqttDevice(5)({ httpPort, mqttPort, device: "valve", token, onCommand });
      await valve.telemetry({ data: { pressure: 2.5 } });
      await api.command("valve", { name: "open" }, "?wait=10s");
      before = await moment();
      for (const id of DEVICES) {
        await api.call("PATCH", `/api/devices/${id}`, { name: "New name", tags: [id, "roof"] });
        await api.register(`${id}-later`);
      }
      await api.call("DELETE", "/api/devices/removed");
      await valve.telemetry({ data: { pressure: 7.5 } });
      await api.command("valve", { name: "close" }, "?wait=10s");
      await api.call("PATCH", "/api/devices/valve", { name: "New name" });
      await valve.close();
      after = await moment();
    });

    it("show the same to a colleague who opens the link, do not change, and return to the present by a key", async () => {
      const page = await suite.browser.signIn(`/devices?search=pump-a&sort=id&at=${before}`);
      await row(page, "Old name").waitFor();
      await banner(page).waitFor();
      expect(await row(page, "pump-a-later").count()).toBe(0);
      const shown = await grid(page).innerText();

      await suite.stack.api.call("PATCH", "/api/devices/pump-a", { name: "Newest name" });
      await suite.stack.api.register("pump-a-last");
      await wait(2 * SECOND);
      expect(await grid(page).innerText()).toBe(shown);

      const colleague = await suite.browser.signIn(page.url().slice(new URL(page.url()).origin.length));
      await row(colleague, "Old name").waitFor();
      expect(await grid(colleague).innerText()).toBe(shown);

      await page.keyboard.press("l");
      await row(page, "Newest name").waitFor();
      await row(page, "pump-a-last").waitFor();
      expect(atOf(page)).toBeNull();
      expect(await banner(page).count()).toBe(0);
    });

    it("filter, count, sort and open links as of that time", async () => {
      const page = await suite.browser.signIn(`/devices?at=${before}&sort=-id`);
      await page.getByLabel("Tag", { exact: true }).selectOption("cellar");
      await row(page, "removed").waitFor();
      await page.getByRole("button", { name: /^In service, filtered 5/ }).waitFor();
      expect(atOf(page)).toBe(before);
      const first = grid(page).getByRole("row").nth(1);
      await eventually(async () => expect(await first.innerText()).toContain("removed"));
      await grid(page).getByRole("button", { name: "Device" }).click();
      await eventually(async () => expect(await first.innerText()).toContain("pump-a"));
      expect(await first.getByRole("link").getAttribute("href")).toContain(encodeURIComponent(before));
    });

    it("let the time be chosen by keyboard and moved in steps, and Back returns to the present", async () => {
      const page = await suite.browser.signIn("/devices?search=pump-b");
      await row(page, "New name").waitFor();
      await grid(page).focus();
      await page.keyboard.press("t");
      await eventually(async () => expect(await field(page).evaluate((one) => one.matches(":focus"))).toBe(true));
      const local = await page.evaluate((at) => {
        const date = new Date(at);
        return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
      }, before);
      await field(page).fill(local);
      await page.keyboard.press("Enter");
      await row(page, "Old name").waitFor();
      await grid(page).focus();
      await page.keyboard.press(",");
      await page.getByText("No device matches").waitFor();
      await page.keyboard.press(".");
      await row(page, "Old name").waitFor();
      await page.getByLabel("Span of the slider").selectOption("1h");
      const slider = page.getByRole("slider", { name: "Moment" });
      await slider.focus();
      await page.keyboard.press("End");
      await row(page, "New name").waitFor();
      expect(atOf(page)).toBeNull();
      await page.goBack();
      await row(page, "Old name").waitFor();
      await page.goBack();
      await row(page, "New name").waitFor();
      expect(atOf(page)).toBeNull();
    });

    it("jump to an incident of the last 30 days", async () => {
      const page = await suite.browser.signIn("/devices?search=very-old");
      await row(page, "very-old").waitFor();
      await grid(page).focus();
      await page.keyboard.press("t");
      const jumps = page.getByLabel("Jump to an incident");
      await jumps.selectOption("earlier");
      await page.getByText("1 incident in the list").waitFor();
      await jumps.selectOption({ index: 1 });
      await banner(page).waitFor();
      await row(page, "Disconnected").waitFor();
      const ago = Date.now() - Date.parse(atOf(page) ?? "");
      expect(Math.abs(ago / HOUR - 48)).toBeLessThan(0.5);
      await page.getByText(/After event #\d+ /).waitFor();
    });

    it("keep the rows until those of the next moment arrive", async () => {
      const page = await suite.browser.signIn(`/devices?search=pump-c&at=${before}`);
      await row(page, "Old name").waitFor();
      const answer = Promise.withResolvers<void>();
      await page.route("**/api/history/**", async (route) => {
        await answer.promise;
        await route.continue();
      });
      await page.evaluate(
        ([from, to]) => {
          history.pushState(history.state, "", location.href.replace(encodeURIComponent(from), to).replace(from, to));
          dispatchEvent(new PopStateEvent("popstate"));
        },
        [before, after] as const,
      );
      await page.getByText("Loading…").waitFor();
      expect(await row(page, "Old name").count()).toBe(1);
      expect(await grid(page).locator(".skeleton").count()).toBe(0);
      answer.resolve();
      await row(page, "New name").waitFor();
      await page.unrouteAll({ behavior: "ignoreErrors" });
    });

    it("send no commands and make no changes", async () => {
      const page = await suite.browser.signIn(`/devices?search=pump-d&at=${before}`);
      await row(page, "Old name").waitFor();
      await page.getByRole("checkbox", { name: "Select pump-d" }).check();
      const bar = page.getByRole("toolbar", { name: "Selected devices" });
      await bar.getByText("Commands and tags are off in the past.").waitFor();
      expect(await bar.getByRole("button", { name: "Send command" }).count()).toBe(0);
      expect(await page.getByRole("button", { name: "Register device" }).isDisabled()).toBe(true);
      expect(await page.getByText("Save as a group").count()).toBe(0);
    });

    it("show a device as it was: status, name, values, commands and history", async () => {
      const page = await suite.browser.signIn(`/devices?search=valve&at=${before}`);
      await row(page, "valve").getByRole("link").click();
      await page.getByRole("heading", { name: "valve" }).waitFor();
      await banner(page).waitFor();
      const region = (name: string) => page.getByRole("region", { name, exact: true });
      await region("Latest values").getByText("2.5", { exact: true }).waitFor();
      await region("Status").getByText("Connected").first().waitFor();
      await region("Commands").getByRole("link", { name: "open" }).waitFor();
      await region("History").getByText(/open/).first().waitFor();
      await page.getByText("Commands can't be sent in the past.").waitFor();
      for (const later of ["7.5", "New name", "close", "Disconnected"])
        expect(await page.getByText(later, { exact: true }).count()).toBe(0);
      expect(await page.getByRole("button", { name: "Edit: off in the past" }).isDisabled()).toBe(true);
      await page.keyboard.press("l");
      await region("Latest values").getByText("7.5", { exact: true }).first().waitFor();
      await page.getByText("New name").first().waitFor();
      await page.goto(`/devices/pump-a-later?at=${before}`);
      suite.browser.complaints.expect(/404 .*\/api\/history/);
      await page.getByRole("heading", { name: "There was no device pump-a-later then" }).waitFor();
    });

    it("play what happened, in the fleet's table and on a device's page, by keyboard", async () => {
      const page = await suite.browser.signIn(`/devices?search=pump-b&at=${before}`);
      await row(page, "Old name").waitFor();
      await page.keyboard.press("p");
      await page.getByRole("button", { name: "Pause" }).waitFor();
      await banner(page).filter({ hasText: "played again" }).waitFor();
      await row(page, "New name").waitFor();
      await row(page, "pump-b-later").waitFor();
      await page.keyboard.press("p");
      await page.getByRole("button", { name: "Play" }).waitFor();
      const stopped = atOf(page);
      expect([stopped !== before, (stopped ?? "") > before]).toEqual([true, true]);
      const colleague = await suite.browser.signIn(page.url().slice(new URL(page.url()).origin.length));
      await row(colleague, "pump-b-later").waitFor();
      await banner(colleague).waitFor();
      expect(atOf(page)).toBe(stopped);

      await page.goto(`/devices/valve?at=${before}&speed=60`);
      await page.getByText("Old name").first().waitFor();
      const values = page.getByRole("region", { name: "Latest values", exact: true });
      await values.getByText("2.5", { exact: true }).waitFor();
      await page.keyboard.press("n");
      await values.getByText("7.5", { exact: true }).first().waitFor();
      await page.getByText("Old name").first().waitFor();
      await page.keyboard.press("p");
      await page.getByText("New name").first().waitFor();
      await banner(page).waitFor();
      expect(new URL(page.url()).searchParams.get("speed")).toBe("60");
    });

    it("say why a moment can't be shown, and continue when a historian runs again", async () => {
      const page = await suite.browser.signIn("/devices?search=pump-d&at=999999");
      suite.browser.complaints.expect(/400 .*\/api\/history/, /503 .*\/api\/history/);
      await page.getByText(/The log ends at event \d+/).waitFor();
      const [historian] = suite.stack.historians;
      await historian?.process.kill();
      await page.goto(`/devices?search=pump-d&at=${before}`);
      await page.getByText("No historian runs, so the past can't be shown.").waitFor();
      await historian?.restart();
      await row(page, "Old name").waitFor();
      await page.getByText("No historian runs").waitFor({ state: "detached" });
    });
  },
  { historians: 1, sharedContext: true },
);
