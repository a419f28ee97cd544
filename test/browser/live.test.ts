import type { CommandPage, FleetSummary } from "@fleetlog/protocol";
import type { Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { startBrowser, type TestBrowser } from "../support/browser/browser.ts";
import type { ConnectDevice, StockDevice } from "../support/devices/device.ts";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { connectWebSocketDevice } from "../support/devices/websocket.ts";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { suiteWith } from "../support/suite-with.ts";

suiteWith("chromium", "a page that is open", () => {
  let stack: Stack;
  let browser: TestBrowser;
  let devices: StockDevice[] = [];
  beforeAll(async () => {
    stack = await startStack({ gateways: 2 });
    browser = await startBrowser(stack, { sharedContext: true });
  });
  afterEach(async () => {
    await browser.endVisits();
    for (const device of devices) await device.close().catch(() => {});
    devices = [];
  });
  afterAll(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
  });

  async function connect(by: ConnectDevice, device: string, token: string, gateway = 0): Promise<StockDevice> {
    const { httpPort = 0, mqttPort = 0 } = stack.gateways[gateway] ?? {};
    const onCommand = ({ name }: { name: string }) => ({ did: name });
    const connected = await by({ httpPort, mqttPort, device, token, onCommand });
    devices.push(connected);
    return connected;
  }

  const row = (page: Page, id: string): Locator => page.getByRole("row").filter({ hasText: id });
  const see = (scope: Page | Locator, text: string | RegExp) =>
    scope.getByText(text, { exact: true }).filter({ visible: true }).first().waitFor();
  const isLive = (page: Page) => page.getByTitle("Changes appear as they happen").waitFor();

  it("shows changes of devices, and new devices, in the fleet's list", async () => {
    const token = await stack.api.register("live-1");
    const page = await browser.signIn();
    await see(row(page, "live-1"), "Never connected");
    await isLive(page);
    const device = await connect(connectMqttDevice(5), "live-1", token);
    await see(row(page, "live-1"), "Connected");
    await page.getByRole("button", { name: /^Connected\s+1\b/ }).waitFor();
    await device.profile({ model: "Live one", firmware: "1.2.3" });
    await see(row(page, "live-1"), "Live one");
    await device.close();
    await see(row(page, "live-1"), "Disconnected");
    await stack.api.register("live-2");
    await row(page, "live-2").waitFor();
  });

  it("moves no row under the pointer, but says that the list has changed", async () => {
    const token = await stack.api.register("still-1");
    await stack.api.register("still-2");
    const page = await browser.signIn("/devices?search=still&status=never-connected");
    await isLive(page);
    await row(page, "still-2").hover();
    await connect(connectMqttDevice(5), "still-1", token);
    await see(row(page, "still-1"), "Connected");
    const changed = page.getByRole("button", { name: "The list has changed" });
    await changed.waitFor();
    expect(await page.getByRole("row").filter({ hasText: "still-" }).count()).toBe(2);
    await changed.click();
    await row(page, "still-1").waitFor({ state: "detached" });
    await page.getByRole("heading", { name: "Fleet", level: 1 }).hover();
    await row(page, "still-1").waitFor({ state: "detached" });
    await row(page, "still-2").waitFor();
  });

  it("does not say that the list has changed if no visible row has changed", async () => {
    await stack.api.register("quiet-1", { tags: ["quiet"] });
    const token = await stack.api.register("quiet-2");
    const page = await browser.signIn("/devices?tag=quiet");
    await isLive(page);
    await row(page, "quiet-1").hover();
    const connected = await connect(connectMqttDevice(5), "quiet-2", token);
    await connected.close();
    const reads = page.waitForResponse((response) => response.url().includes("/api/devices?") && response.ok());
    await stack.api.register("quiet-3");
    await reads;
    expect(await page.getByRole("button", { name: "The list has changed" }).count()).toBe(0);
  });

  it("shows a device's status, values, events and commands on the device's page", async () => {
    const token = await stack.api.register("live-3");
    const page = await browser.signIn("/devices/live-3");
    await see(page, "Never connected");
    await isLive(page);
    const device = await connect(connectWebSocketDevice, "live-3", token);
    await see(page, "Connected");
    await device.telemetry({ data: { humidity: 41.5 }, boot: "b", seq: 1 });
    await see(page.getByRole("listitem").filter({ hasText: "humidity" }), "41.5");
    await device.telemetry({ data: { humidity: 42.5 }, boot: "b", seq: 2 });
    await see(page.getByRole("listitem").filter({ hasText: "humidity" }), "42.5");
    await device.event("lid-opened", { data: { by: "wind" }, boot: "b", seq: 3 });
    await see(page, /lid-opened/);
    const requests: string[] = [];
    page.on("request", (request) => requests.push(new URL(request.url()).pathname + new URL(request.url()).search));
    await device.telemetry({ data: { humidity: 43.5 }, boot: "b", seq: 4 });
    await see(page.getByRole("listitem").filter({ hasText: "humidity" }), "43.5");
    expect(requests.length).toBeGreaterThan(0);
    for (const one of requests)
      expect(one).toMatch(/^\/api\/devices\/live-3\/events\?category=telemetry&order=asc&limit=100&from=\d+$/);
    await stack.api.command("live-3", { name: "close-lid" });
    await see(page.getByRole("list", { name: "Latest commands" }), '{"did":"close-lid"}');
  });

  it("shows the value under the pointer on a chart, and keeps drawing new values", async () => {
    const token = await stack.api.register("chart-1");
    const page = await browser.signIn("/devices/chart-1");
    await isLive(page);
    const device = await connect(connectMqttDevice(5), "chart-1", token);
    for (const [seq, height] of [1.5, 2.5, 3.5].entries()) await device.telemetry({ data: { height }, boot: "b", seq });
    const value = page.getByRole("listitem").filter({ hasText: "height" });
    await see(value, "3.5");
    // The chart may move while other parts of the page appear.
    const pointAt = (edge: "left" | "right", height: string) =>
      eventually(async () => {
        const box = await value.locator("fl-chart").boundingBox();
        if (box === null) throw new Error("there is no chart");
        await page.mouse.move(edge === "left" ? box.x + 3 : box.x + box.width - 3, box.y + box.height / 2);
        expect(await value.getByText(height, { exact: true }).filter({ visible: true }).count()).toBeGreaterThan(0);
      });
    await pointAt("left", "1.5");
    await device.telemetry({ data: { height: 4.5 }, boot: "b", seq: 3 });
    await see(page, /^4 reports/);
    await pointAt("right", "4.5");
  });

  it("keeps the input of a command's form while the device reports", async () => {
    const token = await stack.api.register("live-6");
    const params = { type: "object", properties: { seconds: { type: "integer", title: "Seconds", default: 10 } } };
    const profile = { model: "Meter", commands: [{ name: "set-interval", title: "Set interval", params }] };
    const page = await browser.signIn("/devices/live-6");
    await isLive(page);
    const device = await connect(connectMqttDevice(5), "live-6", token);
    await device.profile(profile);
    const seconds = page.getByLabel("Seconds");
    await seconds.fill("42");
    await device.profile({ ...profile, firmware: "2.0.0" });
    await see(page, "2.0.0");
    await device.telemetry({ data: { depth: 7.25 }, boot: "b", seq: 1 });
    await see(page.getByRole("listitem").filter({ hasText: "depth" }), "7.25");
    expect(await seconds.inputValue()).toBe("42");
    await page.getByRole("button", { name: "Send command" }).click();
    await see(page.getByRole("list", { name: "Latest commands" }), '{"did":"set-interval"}');
    const { body } = await stack.api.call<CommandPage>("GET", "/api/commands?device=live-6");
    expect(body.items.map((command) => command.params)).toEqual([{ seconds: 42 }]);
  });

  it("keeps edits while the device reports, and sends only changed fields", async () => {
    const token = await stack.api.register("live-7", { name: "Old name", tags: ["first"] });
    const page = await browser.signIn("/devices/live-7");
    await isLive(page);
    const device = await connect(connectMqttDevice(5), "live-7", token);
    await see(page, "Connected");
    await page.keyboard.press("e");
    const dialog = page.locator("fl-dialog");
    await dialog.getByLabel("Tags").fill("second ");
    await dialog.getByRole("button", { name: "Remove tag first" }).click();
    await device.profile({ model: "Newer", firmware: "3.0.0" });
    await see(page, "3.0.0");
    await stack.api.call("PATCH", "/api/devices/live-7", { name: "Named by another" });
    await see(page, "Named by another");
    await dialog.getByLabel("Tags").fill("third");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached" });
    await see(page, "third");
    expect(await stack.api.device("live-7")).toMatchObject({ name: "Named by another", tags: ["second", "third"] });

    await page.keyboard.press("e");
    await dialog.getByLabel("Name").fill("");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: "live-7", level: 1 }).hover();
    await see(page, /^Name removed/);
    expect(await stack.api.device("live-7")).not.toHaveProperty("name");
  });

  it("undoes filters and the text of the search field one by one with the back button", async () => {
    await stack.api.register("back-1", { tags: ["back"] });
    await stack.api.register("back-2", { tags: ["back"] });
    const page = await browser.signIn("/devices?tag=back");
    await row(page, "back-2").waitFor();
    const search = page.getByLabel("Search devices");
    await search.pressSequentially("back-1 x");
    await see(page, "No device matches");
    expect(await search.inputValue()).toBe("back-1 x");
    await page.goBack();
    await row(page, "back-2").waitFor();
    expect([await search.inputValue(), new URL(page.url()).search]).toEqual(["", "?tag=back"]);
    await page.goForward();
    await row(page, "back-2").waitFor({ state: "detached" });
    expect(await search.inputValue()).toBe("back-1 x");
  });

  it("says that its gateway is unreachable, and shows missed changes once the gateway is back", async () => {
    const [first, second] = stack.gateways;
    if (first === undefined || second === undefined) throw new Error("two gateways are needed");
    const token = await stack.api.register("live-4");
    const fleet = await browser.signIn();
    const device = await fleet.context().newPage();
    await device.goto("/devices/live-4");
    for (const page of [fleet, device]) {
      await see(page, "Never connected");
      await isLive(page);
    }
    browser.complaints.expect(/ERR_CONNECTION|WebSocket connection to/);

    await first.process.kill();
    for (const page of [fleet, device]) await see(page, /Disconnected since .*: the data shown may be out of date/);
    await second.api.call("PATCH", "/api/devices/live-4", { name: "Renamed meanwhile", tags: ["meanwhile"] });
    await connect(connectMqttDevice(4), "live-4", token, 1);
    await first.restart();
    for (const page of [fleet, device]) {
      await isLive(page);
      await see(page, "Renamed meanwhile");
    }
    await see(row(fleet, "live-4"), "Connected");
    await see(device, /gateway-2/);
    for (const page of [fleet, device])
      await page.getByText("the data shown may be out of date").waitFor({ state: "detached" });

    await second.api.call("PATCH", "/api/devices/live-4", { name: "Renamed again" });
    for (const page of [fleet, device]) await see(page, "Renamed again");
  });

  it("shows in a device's history that its gateway was lost, below the device's next connection", async () => {
    const [first, second] = stack.gateways;
    if (first === undefined || second === undefined) throw new Error("two gateways are needed");
    const token = await stack.api.register("orphan");
    const page = await browser.signIn("/devices/orphan");
    await isLive(page);
    await connect(connectMqttDevice(5), "orphan", token, 1);
    const history = page.getByRole("region", { name: "History" });
    await see(history, /on gateway-2/);
    await second.process.kill();
    await see(history, "Gateway gateway-2 was lost");
    const fleet = await page.context().newPage();
    await fleet.goto("/devices");
    const matter = fleet
      .getByRole("region", { name: "Needs attention" })
      .getByRole("link", { name: /disconnected since .* gateway-2 was lost/ });
    await matter.click();
    await row(fleet, "orphan").waitFor();
    const { body } = await stack.api.call<FleetSummary>("GET", "/api/devices/summary");
    const [end] = body.gatewayEnds;
    expect(end).toMatchObject({ gateway: "gateway-2", how: "lost" });
    await fleet
      .getByRole("status")
      .filter({ hasText: new RegExp(`^${end?.devices} device`) })
      .waitFor();
    await connect(connectMqttDevice(5), "orphan", token);
    await see(history, /on gateway-1/);
    await fleet.goto("/devices");
    await row(fleet, "orphan").waitFor();
    await isLive(fleet);
    if (end?.devices === 1) await matter.waitFor({ state: "detached" });
    const texts = await history.getByRole("listitem").allInnerTexts();
    const order = texts.flatMap((text) => /on gateway-1|gateway-2 was lost|on gateway-2|Registered/.exec(text) ?? []);
    expect(order).toEqual(["on gateway-1", "gateway-2 was lost", "on gateway-2", "Registered"]);
    await second.restart();
  });

  it("says that the log is unavailable, and shows new data afterwards, even if opened meanwhile", async () => {
    await stack.api.register("live-8");
    const fleet = await browser.signIn();
    const [device, fresh] = [await fleet.context().newPage(), await fleet.context().newPage()];
    await device.goto("/devices/live-8");
    await see(device, "Never connected");
    for (const page of [fleet, device]) await isLive(page);
    browser.complaints.expect(/50[34] .*\/api\//);

    process.kill(stack.nats.pid, "SIGSTOP");
    try {
      for (const page of [fleet, device]) {
        await see(page, /The log has been unavailable since/);
        await page.getByTitle("Nothing new is recorded").waitFor();
      }
      await fresh.goto("/devices/live-8");
      await see(fresh, /This page tries again by itself/);
      await see(fresh, /^Correlation id/);
      await fresh.getByRole("navigation", { name: "Main" }).waitFor();
    } finally {
      process.kill(stack.nats.pid, "SIGCONT");
    }
    for (const page of [fleet, device, fresh]) {
      await isLive(page);
      await page.getByText("The log has been unavailable").waitFor({ state: "detached" });
    }
    await see(fresh, "Never connected");
    await stack.api.call("PATCH", "/api/devices/live-8", { name: "Named afterwards" });
    for (const page of [fleet, device, fresh]) await see(page, "Named afterwards");
  });

  it("says within seconds that the projector hangs, and shows new data once the projector continues", async () => {
    await stack.api.register("live-9");
    const fleet = await browser.signIn();
    const device = await fleet.context().newPage();
    await device.goto("/devices/live-9");
    await see(device, "Never connected");
    for (const page of [fleet, device]) await isLive(page);
    browser.complaints.expect(/50[34] .*\/api\//);
    process.kill(stack.projectors[0]?.process.pid ?? 0, "SIGSTOP");
    try {
      for (const page of [fleet, device]) {
        await see(page, /No projector has sent a heartbeat since .*out of date/);
        await page.getByTitle("The views do not follow the log at present").waitFor();
      }
    } finally {
      process.kill(stack.projectors[0]?.process.pid ?? 0, "SIGCONT");
    }
    for (const page of [fleet, device]) {
      await isLive(page);
      await page.getByText("No projector has sent a heartbeat").waitFor({ state: "detached" });
    }
    await stack.api.call("PATCH", "/api/devices/live-9", { name: "Named afterwards" });
    for (const page of [fleet, device]) await see(page, "Named afterwards");
  });

  it("says within seconds that its gateway hangs", async () => {
    const page = await browser.signIn();
    await isLive(page);
    // A request that the gateway was answering may have run out of time.
    browser.complaints.expect(/ERR_|WebSocket connection to/, /503 .*\/api\//);
    const pid = stack.gateways[0]?.process.pid ?? 0;
    process.kill(pid, "SIGSTOP");
    try {
      await see(page, /The gateway has not answered since .*out of date/);
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await isLive(page);
  });

  it("shows operators at two gateways each other's changes", async () => {
    const token = await stack.api.register("live-5");
    const [ada, ben] = [
      await browser.signIn("/devices/live-5"),
      await browser.signIn("/devices/live-5", { gateway: 1 }),
    ];
    for (const page of [ada, ben]) {
      await see(page, "Never connected");
      await isLive(page);
    }
    await ada.keyboard.press("e");
    await ada.locator("fl-dialog").getByLabel("Name").fill("Named by Ada");
    await ada.getByRole("button", { name: "Save" }).click();
    await see(ben, "Named by Ada");

    const commands = (page: Page) => page.getByRole("region", { name: "Commands" });
    await commands(ben).getByLabel("Name").fill("wake-up");
    await ben.getByRole("button", { name: "Send command" }).click();
    const latest = (page: Page) => page.getByRole("list", { name: "Latest commands" }).getByRole("listitem").first();
    for (const page of [ada, ben]) await see(latest(page), "Issued");
    await latest(ben).getByRole("link", { name: "wake-up" }).click();
    await ben.getByRole("heading", { name: "wake-up", level: 1 }).waitFor();
    await ben.getByRole("button", { name: "Cancel", exact: true }).click();
    await ben.getByRole("dialog", { name: "Cancel wake-up?" }).waitFor();
    await ben.keyboard.press("Escape");
    await ben.goBack();
    await latest(ada).getByRole("button", { name: "Cancel" }).click();
    const asked = ada.getByRole("dialog", { name: "Cancel wake-up?" });
    await asked.waitFor();
    for (const page of [ada, ben]) await see(latest(page), "Issued");
    await ada.getByRole("button", { name: "Cancel the command" }).click();
    for (const page of [ada, ben]) await see(latest(page), "Cancelled");

    await ada.goto("/commands");
    await see(row(ada, "live-5"), "Cancelled");
    await isLive(ada);
    await connect(connectMqttDevice(5), "live-5", token, 1);
    await see(ben, "Connected");
    await commands(ben).getByLabel("Name").fill("blink");
    await ben.getByRole("button", { name: "Send command" }).click();
    await see(row(ada, "blink"), "Completed");
    await see(latest(ben), '{"did":"blink"}');
    expect(await row(ada, "live-5").count()).toBe(2);
  });
});
