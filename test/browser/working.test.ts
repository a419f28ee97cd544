import type { CommandResource } from "@fleetlog/protocol";
import type { Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { axeViolations, overflow } from "../support/browser/accessibility.ts";
import { startBrowser, type TestBrowser } from "../support/browser/browser.ts";
import type { StockDevice } from "../support/devices/device.ts";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { suiteWith } from "../support/suite-with.ts";

const SCHEDULE = {
  name: "set-schedule",
  title: "Set the schedule",
  params: {
    type: "object",
    required: ["days", "window"],
    properties: {
      days: { type: "array", title: "Days", minItems: 1, uniqueItems: true, items: { enum: ["mon", "tue"] } },
      window: {
        type: "object",
        title: "Window",
        required: ["from"],
        properties: {
          from: { type: "integer", title: "From hour", minimum: 0, maximum: 23 },
          strict: { type: "boolean", title: "Strictly" },
        },
      },
      note: { type: "string", title: "Note", maxLength: 20 },
    },
  },
};

suiteWith("chromium", "an operator at work", () => {
  let stack: Stack;
  let browser: TestBrowser;
  let devices: StockDevice[] = [];
  beforeAll(async () => {
    stack = await startStack();
    browser = await startBrowser(stack, { sharedContext: true });
  });
  afterEach(async () => {
    await browser.endVisits();
    for (const device of devices) await device.close();
    devices = [];
  });
  afterAll(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
  });

  async function connect(device: string, profile: object, answer: (name: string) => unknown): Promise<void> {
    const token = await stack.api.register(device);
    const { httpPort = 0, mqttPort = 0 } = stack.gateways[0] ?? {};
    const onCommand = ({ name, params }: { name: string; params?: unknown }) => answer(name) ?? params;
    const connected = await connectMqttDevice(5)({ httpPort, mqttPort, device, token, onCommand });
    devices.push(connected);
    await connected.profile(profile);
  }

  const latest = (page: Page): Locator =>
    page.getByRole("list", { name: "Latest commands" }).getByRole("listitem").first();
  const form = (page: Page): Locator => page.getByRole("region", { name: "Commands" });
  const seen = (scope: Page | Locator, text: string | RegExp) => scope.getByText(text).first().waitFor();

  it("fills in a command's groups and lists of parameters, and sees the error of each field", async () => {
    await connect("scheduled", { commands: [SCHEDULE] }, () => undefined);
    const page = await browser.signIn("/devices/scheduled");
    await form(page).getByLabel("From hour").fill("24");
    await form(page).getByLabel("Note").focus();
    await seen(form(page), "At most 23.");
    await form(page).getByRole("button", { name: "Send command" }).click();
    await seen(form(page), "This is required.");
    const first = form(page).getByLabel("Days 1", { exact: true });
    await eventually(async () => expect(await first.evaluate((one) => one.matches(":focus"))).toBe(true));

    expect(await axeViolations(page)).toEqual([]);
    await first.selectOption("mon");
    await form(page).getByRole("button", { name: "Add to Days" }).click();
    await form(page).getByLabel("Days 2", { exact: true }).selectOption("mon");
    await form(page).getByLabel("From hour").fill("8");
    await form(page).getByRole("button", { name: "Send command" }).click();
    await seen(form(page), "Each entry only once.");
    await form(page).getByLabel("Days 2", { exact: true }).selectOption("tue");
    await form(page).getByLabel("Strictly").check();
    await form(page).getByRole("button", { name: "Send command" }).click();
    await seen(latest(page), '{"days":["mon","tue"],"window":{"from":8,"strict":true}}');
  });

  it("can send commands to a device that declares large schemas and a slow pattern", async () => {
    const text = { type: "string", title: "Text", pattern: "^(a+)+$", default: `${"a".repeat(40)}!` };
    const values = { type: "array", title: "Values", items: { type: "integer" }, default: Array(10_000).fill(1) };
    const many = Array.from({ length: 1_000 }, (_, index) => [`property-${index}`, { type: "string" }]);
    const commands = [
      { name: "slow", params: { type: "object", properties: { text } } },
      { name: "long", params: { type: "object", properties: { values } } },
      { name: "wide", params: { type: "object", properties: Object.fromEntries(many) } },
    ];
    const profile = { ...Object.fromEntries(many), commands };
    await connect("declares-much", profile, (name) => ({ did: name }));
    const page = await browser.signIn("/devices/declares-much");
    for (const { name } of commands) {
      await form(page).getByRole("combobox", { name: "Command" }).selectOption(name);
      if (name === "wide") await form(page).getByLabel("Parameters").fill("{}");
      await form(page).getByRole("button", { name: "Send command" }).click();
      await seen(latest(page), `{"did":"${name}"}`);
    }
  });

  it("signs in again after the session has ended, and finds the input unchanged", async () => {
    await connect("typed-into", { commands: [SCHEDULE] }, () => undefined);
    const page = await browser.signIn("/devices/typed-into");
    await form(page).getByLabel("Days 1", { exact: true }).selectOption("tue");
    await form(page).getByLabel("From hour").fill("7");
    browser.complaints.expect(/401/, /WebSocket connection to/);
    await page.context().clearCookies();
    // Another request may notice the end of the session first; the dialog then covers the button.
    await form(page).getByRole("button", { name: "Send command" }).dispatchEvent("click");
    const again = page.getByRole("dialog", { name: "Your session has ended" });
    await again.waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await again.getByLabel("Operator token").fill(stack.adminToken);
    await page.keyboard.press("Enter");
    await again.waitFor({ state: "detached" });
    expect(page.url()).toMatch(/\/devices\/typed-into$/);
    expect(await form(page).getByLabel("From hour").inputValue()).toBe("7");
    await form(page).getByRole("button", { name: "Send command" }).click();
    await seen(latest(page), '{"days":["tue"],"window":{"from":7,"strict":false}}');
  });

  it("sends a command to many devices, sees each result, and keeps the devices that failed selected", async () => {
    const fails = () => {
      throw new Error("the valve is stuck");
    };
    await connect("many-1", {}, () => "done");
    await connect("many-2", {}, fails);
    await stack.api.register("many-3");
    const page = await browser.signIn("/devices?search=many");
    await page.getByRole("row", { name: /many-3/ }).waitFor();
    await page.getByRole("checkbox", { name: "Select the visible devices" }).check();
    await page.getByRole("searchbox", { name: "Search devices" }).fill("many-1");
    await seen(page, /^3 selected.*, 2 not in this list$/);
    await page.getByRole("button", { name: "Send command" }).click();
    await page.getByRole("dialog", { name: "Send a command to 3 devices" }).waitFor();
    const dialog = page.locator("fl-dialog");
    await seen(dialog, /2 of them are not in the current list/);
    await dialog.getByText("Which 3 devices").click();
    const listed = await dialog.getByRole("list", { name: "Selected devices" }).getByRole("listitem").allInnerTexts();
    expect(listed).toEqual(["many-2 not in the list", "many-3 not in the list", "many-1"]);
    expect(await axeViolations(page)).toEqual([]);
    await dialog.getByLabel("Name").fill("flush");
    await dialog.getByRole("button", { name: "Send to 3 devices" }).click();
    const of = (device: string) => dialog.getByRole("listitem").filter({ hasText: device });
    await seen(of("many-1"), "Completed");
    await seen(of("many-2"), "the valve is stuck");
    await seen(of("many-3"), "Issued");
    await seen(dialog, "1 done, 1 failed, 1 waiting for the device");
    expect(await axeViolations(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Failed 1" }).click();
    expect(await dialog.getByRole("listitem").count()).toBe(1);
    await dialog.getByRole("button", { name: "Select the 1 that failed" }).click();
    await seen(page, /^1 selected.*, 1 not in this list$/);
    await page.getByRole("searchbox", { name: "Search devices" }).fill("many");
    await page.getByText("1 selected", { exact: true }).waitFor();
    expect(await page.getByRole("checkbox", { name: "Select many-2" }).isChecked()).toBe(true);

    const [file] = await Promise.all([
      page.waitForEvent("download"),
      (async () => {
        await page.getByRole("button", { name: "More for the selected devices" }).click();
        await page.getByRole("menuitem", { name: "Export as CSV" }).click();
      })(),
    ]);
    const lines: string[] = [];
    for await (const chunk of await file.createReadStream()) lines.push(String(chunk));
    expect(lines.join("")).toMatch(/^\u{feff}id,name,status,.*\r\nmany-2,,connected,/u);

    await page.goto("/commands?state=open");
    await page.getByRole("button", { name: "Open 1" }).waitFor();
    await page.getByRole("row", { name: /many-3/ }).waitFor();
    await seen(page, "1 command");
    await page.getByRole("button", { name: "Failed" }).click();
    await page.getByRole("row", { name: /many-2/ }).waitFor();
    expect(new URL(page.url()).searchParams.get("state")).toBe("issued,delivered,failed");
    await page.getByRole("button", { name: "Clear filters" }).click();
    await page.getByRole("row", { name: /many-1/ }).waitFor();
  });

  it("goes through a list by keys with a visible cursor, and comes back to the unchanged list", async () => {
    for (const id of ["keys-1", "keys-2", "keys-3"]) await stack.api.register(id, { tags: ["keys"] });
    const page = await browser.signIn("/devices?tag=keys&sort=-id");
    const cursor = page.locator("fl-device-table .row.active");
    await page.getByRole("row", { name: /keys-3/ }).waitFor();
    expect(await cursor.count()).toBe(0);
    await page.keyboard.press("j");
    await cursor.filter({ hasText: "keys-3" }).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("x");
    await page.getByText("1 selected", { exact: true }).waitFor();
    expect(await page.getByRole("checkbox", { name: "Select keys-2" }).isChecked()).toBe(true);
    await page.keyboard.press("o");
    await page.getByRole("heading", { name: "keys-2" }).waitFor();
    await page.getByRole("link", { name: "Fleet" }).and(page.locator("fl-back a")).click();
    await page.getByRole("row", { name: /keys-3/ }).waitFor();
    expect(new URL(page.url()).search).toBe("?tag=keys&sort=-id");

    await page.goto("/commands?state=failed");
    await stack.api.command("keys-1", { name: "blink" });
    await page.goto("/commands?device=keys-1");
    await page.getByRole("row", { name: /blink/ }).waitFor();
    await page.keyboard.press("k");
    await page.locator("fl-command-table .row.active").filter({ hasText: "blink" }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "blink" }).waitFor();
    expect(await page.locator("fl-back a").getAttribute("href")).toBe("/commands?device=keys-1");
    await page.locator("fl-back a").click();
    const row = page.getByRole("row", { name: /blink/ });
    await row.getByText("Waiting for the device").waitFor();
    expect(await row.locator(".took").textContent()).toMatch(/^\d+ (?:s|min)…$/);
  });

  it("finds the focus in the first field of each dialog", async () => {
    await connect("first-field", { commands: ["blink"] }, () => "done");
    const page = await browser.signIn("/devices/first-field");
    const focused = (target: Locator) =>
      eventually(async () => expect(await target.evaluate((one) => one.matches(":focus"))).toBe(true));
    const dialog = page.locator("fl-dialog");
    await form(page).getByRole("button", { name: "Send command" }).click();
    await seen(latest(page), "Completed");
    await page.keyboard.press("e");
    await focused(dialog.getByLabel("Name"));
    await page.keyboard.press("Escape");
    await latest(page).getByRole("link", { name: "blink" }).click();
    await page.getByRole("button", { name: "Repeat" }).click();
    await focused(dialog.getByLabel("Command", { exact: true }));
    await page.goto("/devices?search=first-field");
    await page.getByRole("checkbox", { name: "Select first-field" }).check();
    await page.getByRole("button", { name: "Tag", exact: true }).click();
    await focused(dialog.getByRole("radio", { name: "Add" }));
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Send command" }).click();
    await focused(dialog.getByRole("combobox", { name: "Command" }));
  });

  it("sees pages retry by themselves until the views are available again", async () => {
    await stack.api.register("away-1");
    const page = await browser.signIn("/gateways");
    browser.complaints.expect(/503/);
    const problem = { title: "Unavailable", status: 503, detail: "the views are away", code: "unavailable" };
    await page.route(/\/api\/(devices|commands)/, (route) =>
      route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify(problem) }),
    );
    const pages: readonly (readonly [string, Locator])[] = [
      ["/devices/away-1", page.getByRole("heading", { name: "away-1" })],
      ["/devices?search=away-1", page.getByRole("row", { name: /away-1/ })],
      ["/commands?device=away-1", page.getByText("No command matches")],
    ];
    for (const [path, shown] of pages) {
      await page.goto(path);
      await page.getByRole("heading", { name: "Unavailable" }).first().waitFor();
      await page.unrouteAll();
      await shown.waitFor();
      await page.route(/\/api\/(devices|commands)/, (route) =>
        route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify(problem) }),
      );
    }
  });

  it.each(["a/b", "a b", "ä?#%", "<img>", `"'`])(
    "sees a message when no device can have the id in the URL: %s",
    async (id) => {
      browser.complaints.expect(/40[04]/);
      const page = await browser.signIn(`/devices/${encodeURIComponent(id)}?x=1`);
      await page.getByRole("heading", { name: /^There is no/ }).waitFor();
    },
  );

  it("sees long names, non-Latin scripts and markup as text", async () => {
    const name = "مضخة <b>1</b> ".repeat(8).trim();
    await stack.api.register(`x${"y".repeat(127)}`, { name, tags: ["z".repeat(64), "<i>"] });
    for (const width of [360, 1280]) {
      const page = await browser.signIn(`/devices/x${"y".repeat(127)}`, { width });
      await page.getByText(name).waitFor();
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(wider).toBeLessThanOrEqual(0);
      await page.goto("/devices?search=xyyy");
      await page.getByRole("row", { name: /xyyy/ }).waitFor();
      expect(await page.locator("b").count()).toBe(0);
    }
  });

  it("sees pages that fit a phone, whatever the length of ids, names, tags and answers", async () => {
    const id = `w${"W".repeat(127)}`;
    const action = { name: "n".repeat(128), title: "T".repeat(200), description: "d".repeat(300) };
    const answer = { text: "x".repeat(500), deep: { of: [null, 0, false, { more: "y".repeat(200) }] } };
    const profile = { model: "M".repeat(300), nothing: null, zero: 0, off: false, list: [1, "z".repeat(300)] };
    await connect(id, { ...profile, commands: [action] }, () => answer);
    await stack.api.call("PATCH", `/api/devices/${id}`, { name: "N".repeat(128), tags: ["t".repeat(64)] });
    const data = { big: 123_456_789_012_345, huge: -1.5e300, word: "w".repeat(200), empty: "", none: null, on: true };
    await devices[0]?.telemetry({ data: { ...data, unit: { value: 0, unit: "u".repeat(40) }, ["k".repeat(100)]: 1 } });
    const { body: command } = await stack.api.call<CommandResource>("POST", `/api/devices/${id}/commands?wait=10s`, {
      name: action.name,
      params: { long: "p".repeat(300) },
      reason: "r".repeat(300),
    });
    const page = await browser.signIn(`/devices/${id}`, { width: 360, height: 740 });
    const dialog = page.locator("fl-dialog");
    const fits = async (what: string) => expect.soft(await overflow(page), what).toBeLessThanOrEqual(0);
    await seen(page, "123,456,789,012,345");
    await seen(latest(page), "Completed");
    await fits("device");
    await page.keyboard.press("e");
    await dialog.getByLabel("Name").waitFor();
    await fits("edit");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Retire…" }).click();
    await page.getByRole("button", { name: "Retire device" }).waitFor();
    await fits("retire");
    await page.goto(`/commands/${command.id}`);
    await page.getByRole("heading", { name: "Answer" }).waitFor();
    await fits("command");
    await page.keyboard.press("r");
    await dialog.getByRole("button", { name: "Send command" }).waitFor();
    await fits("repeat");
  });

  it("sees errors of the gateway beside the field, with the focus in a useful element", async () => {
    await connect("refusing", { commands: ["blink"] }, () => undefined);
    const page = await browser.signIn("/devices/refusing");
    const focus = (scope: Locator) =>
      eventually(async () => expect(await scope.evaluate((one) => one.matches(":focus"))).toBe(true));
    browser.complaints.expect(/400 .*\/api\/devices\/refusing/);
    const send = form(page).getByRole("button", { name: "Send command" });
    await send.click();
    await seen(latest(page), "Completed");
    await focus(send);

    await form(page).getByLabel("Command", { exact: true }).selectOption("Another command…");
    const name = form(page).getByLabel("Name");
    await name.fill("no spaces please");
    await send.click();
    await focus(name);
    expect(await name.getAttribute("aria-invalid")).toBe("true");
    const fault = form(page).locator("#name-fault");
    await fault.filter({ visible: true }).waitFor();
    expect(await fault.innerText()).toMatch(/letters/);
    expect(await page.getByRole("button", { name: "Dismiss" }).count()).toBe(0);

    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    const dialog = page.locator("fl-dialog");
    await dialog.getByLabel("Name").fill("n".repeat(129));
    await dialog.getByRole("button", { name: "Save" }).click();
    await focus(dialog.getByLabel("Name"));
    await seen(dialog, /128/);
    expect(await axeViolations(page)).toEqual([]);
    await dialog.getByLabel("Name").fill("Shorter");
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await focus(page.getByRole("button", { name: "Edit", exact: true }));

    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Retire…" }).click();
    await page.getByRole("button", { name: "Retire device" }).click();
    await page.getByRole("button", { name: "Edit", exact: true }).waitFor({ state: "detached" });
    await focus(page.getByRole("heading", { name: "refusing", level: 1 }));
    // The history updates after the pointer has left it. The page shows the gateway's reason only once.
    await page.getByRole("heading", { name: "refusing", level: 1 }).hover();
    await seen(page.getByRole("region", { name: "History" }), /^the device was retired$/);
  });

  it("sees a page at every address", async () => {
    const page = await browser.signIn();
    browser.complaints.expect(/40[04] .*\/api\//);
    for (const path of ["/devices/a.b*c%3E%20d%2Fe", `/devices/${"x".repeat(300)}`, "/devices/gone.js"]) {
      await page.goto(path);
      await page.getByRole("heading", { name: "There is no such device" }).waitFor();
      await page.getByRole("navigation", { name: "Main" }).waitFor();
    }
    await page.goto("/no.such/page.html");
    await page.getByRole("heading", { name: "There is no such page" }).waitFor();
  });

  it("sees why a link did not sign in, and sees when a session has ended", async () => {
    const page = await browser.visit();
    browser.complaints.expect(
      /401 .*\/api\/(?:session|devices\/pump)/,
      /404 .*\/api\/devices\/pump/,
      /WebSocket connection to/,
    );
    await page.goto("/devices/pump#token=not-the-token-of-anybody-at-all");
    await page.getByText("The token of the link that you followed is not valid").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByLabel("Operator token").fill(stack.adminToken);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("button", { name: "Later" }).click();
    await page.getByRole("navigation", { name: "Main" }).waitFor();
    // Wait until the dialog has closed.
    await eventually(async () => expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("BODY"));
    await page.context().clearCookies();
    await page.reload();
    await page.getByText("Your session has ended").waitFor();
    await page.getByLabel("Operator token").fill(stack.adminToken);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("button", { name: "Later" }).click();
    await page.getByRole("button", { name: /^Signed in as/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByLabel("Operator token").waitFor();
    await page.reload();
    await page.getByLabel("Operator token").waitFor();
    expect(await page.getByText("Your session has ended").count()).toBe(0);
  });
});
