import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { startBrowser, type TestBrowser } from "../support/browser/browser.ts";
import { hasFocus, pressEnterOn, tabTo } from "../support/browser/keyboard.ts";
import { storedIn } from "../support/browser/stored.ts";
import { eventually } from "../support/eventually.ts";
import { type PastedProgram, runPasted } from "../support/pasted-program.ts";
import { type RunningProcess, startProcess } from "../support/processes.ts";
import { suiteWith } from "../support/suite-with.ts";

suiteWith("chromium", "a newcomer, with what npm start prints", () => {
  let dataDir: string;
  let launcher: RunningProcess<{ readonly httpPort: number; readonly token: string }>;
  let browser: TestBrowser;
  let link: string;
  let program: PastedProgram | undefined;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "fleetlog-newcomer-"));
    launcher = await startProcess("infra/src/main.ts", {
      FLEETLOG_DATA_DIR: dataDir,
      FLEETLOG_HTTP_PORT: "0",
      FLEETLOG_MQTT_PORT: "0",
      FLEETLOG_NATS_PORT: "0",
      FLEETLOG_FLEET: "0",
    });
    const { httpPort, token } = launcher.ready;
    link = /Fleetlog runs:\s+(\S+)/.exec(launcher.logs().join("\n"))?.[1] ?? "";
    const url = `http://127.0.0.1:${httpPort}`;
    browser = await startBrowser({ gateways: [{ api: { url } }], adminToken: token });
  });
  afterEach(async () => {
    await program?.end();
    program = undefined;
    await browser.endVisits();
  });
  afterAll(async () => {
    await browser?.close();
    await launcher?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const code = (page: Page) => page.getByLabel("Save as device.mjs and run node device.mjs");
  const latestCommand = (page: Page) =>
    page.getByRole("list", { name: "Latest commands" }).getByRole("listitem").first();

  it("signs in by the link, and no later address contains the token", async () => {
    const page = await browser.visit();
    const addresses: string[] = [];
    page.on("request", (request) => addresses.push(request.url(), JSON.stringify(request.headers())));
    page.on("framenavigated", (frame) => addresses.push(frame.url()));
    await page.goto(link);
    await page.getByRole("heading", { name: "Fleet", level: 1 }).waitFor();
    const { token } = launcher.ready;
    expect(link).toContain(token);
    expect(page.url()).not.toContain(token);
    expect(addresses.filter((address) => address.includes(token)).every((address) => address === link)).toBe(true);
    expect(await storedIn(page)).not.toContain(token);
    await page.reload();
    await page.getByRole("heading", { name: "Fleet", level: 1 }).waitFor();
  });

  it("gets pages that run no foreign scripts", async () => {
    const page = await browser.visit();
    await page.goto(link);
    await page.getByRole("heading", { name: "Fleet", level: 1 }).waitFor();
    await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "document.title = 'taken over'";
      document.body.append(script);
      document.body.setAttribute("onclick", "document.title = 'taken over'");
      document.body.click();
    });
    expect(await page.title()).toBe("Fleet · Fleetlog");
    const complaints: string[] = [];
    await eventually(() => {
      complaints.push(...browser.complaints.take());
      for (const refused of ["script-src-elem", "script-src-attr"]) {
        expect(complaints).toContainEqual(expect.stringMatching(`^policy: ${refused} inline`));
      }
      expect(complaints.filter((one) => one.startsWith("console: "))).toHaveLength(2);
    });
  });

  it("registers a device, connects it by the shown program, sees it live, commands it, and retires it", async () => {
    const page = await browser.visit();
    await page.goto(link);
    await page.getByRole("button", { name: "Later" }).click();
    await page.getByRole("main").getByRole("link", { name: "Register a device" }).click();
    await page.getByRole("textbox", { name: "Id" }).fill("first-device");
    await page.getByRole("textbox", { name: /^Name/ }).fill("My first one");
    await page.getByRole("button", { name: "Register device" }).click();
    await page.getByRole("heading", { name: "first-device is registered" }).waitFor();
    await page.getByText("Waiting for its first connection").waitFor();
    expect((await page.getByLabel("Token", { exact: true }).textContent())?.length).toBeGreaterThan(20);

    program = await runPasted((await code(page).textContent()) ?? "", "rpc-websockets");
    await page.getByText("It is connected").waitFor();
    await page.getByRole("link", { name: "Open its page" }).click();
    await page.getByRole("heading", { name: "first-device", level: 1 }).waitFor();
    await page.getByText("Connected", { exact: true }).first().waitFor();

    const value = page.getByRole("listitem").filter({ hasText: "temperature" }).getByRole("strong");
    const before = await value.textContent();
    await eventually(async () => expect(await value.textContent()).not.toBe(before));

    await page.getByLabel("Command", { exact: true }).selectOption("blink");
    await page.getByRole("button", { name: "Send command" }).click();
    await latestCommand(page).getByText('{"did":"blink"}').waitFor();
    await latestCommand(page).getByText("Completed").first().waitFor();
    await eventually(() => expect(program?.output()).toContain("command blink"));
    await latestCommand(page).getByRole("link", { name: "blink" }).click();
    await page.getByRole("heading", { name: "blink", level: 1 }).waitFor();
    await page.goBack();

    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Retire…" }).click();
    await page.getByRole("dialog", { name: "Retire first-device?" }).waitFor();
    await page.getByText("Its history stays").waitFor();
    await page.getByRole("button", { name: "Retire device" }).click();
    await page.getByText("Retired", { exact: true }).first().waitFor();
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Fleet" }).click();
    await page.getByRole("heading", { name: "No devices yet" }).waitFor();
  });

  suiteWith("mosquitto", "without a program", () => {
    it("sees that a device connects by mosquitto_pub, and that it disconnects", async () => {
      const page = await browser.visit();
      await page.goto(link);
      await page.getByRole("button", { name: "Later" }).click();
      await page.getByRole("main").getByRole("link", { name: "Register device" }).click();
      await page.getByRole("textbox", { name: "Id" }).fill("brief-device");
      await page.getByRole("button", { name: "Register device" }).click();
      await page.getByRole("tab", { name: "mosquitto_pub" }).click();
      const command = await page.getByLabel("Report a temperature: connects, sends and disconnects").textContent();
      await promisify(execFile)("sh", ["-c", command ?? ""]);
      await page.getByText("It has connected").waitFor();
      await page.getByRole("link", { name: "Open its page" }).click();
      await page.getByRole("listitem").filter({ hasText: "temperature" }).getByText("21.5").waitFor();
      await page.getByText("Disconnected", { exact: true }).first().waitFor();
    });
  });

  it("registers, connects, commands and retires a device by keyboard alone", async () => {
    const page = await browser.visit();
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const { keyboard } = page;
    await page.goto(link);
    await page.getByRole("heading", { name: "Fleet", level: 1 }).waitFor();
    const step = page.getByRole("dialog", { name: "Set your password" });
    await step.waitFor();
    await keyboard.press("Escape");
    await step.waitFor({ state: "detached" });
    await pressEnterOn(page, page.getByRole("main").getByRole("link", { name: "Register device" }));
    const id = page.getByRole("textbox", { name: "Id" });
    await eventually(async () => expect(await hasFocus(id)).toBe(true));
    await keyboard.press("Control+a");
    await keyboard.type("second-device");
    await keyboard.press("Enter");
    const heading = page.getByRole("heading", { name: "second-device is registered" });
    await eventually(async () => expect(await hasFocus(heading)).toBe(true));

    await tabTo(page, page.getByRole("tab", { name: "rpc-websockets" }));
    await keyboard.press("ArrowRight");
    await page.getByRole("tab", { name: "MQTT.js", selected: true }).waitFor();
    const copies = page.getByRole("button", { name: "Copy code" });
    await copies.nth(1).waitFor();
    await pressEnterOn(page, copies.nth(1));
    const copied = await eventually(async () => {
      const text = await page.evaluate(() => navigator.clipboard.readText());
      expect(text).toContain("mqtt.connect");
      return text;
    });
    program = await runPasted(copied, "mqtt");
    const open = page.getByRole("link", { name: "Open its page" });
    await open.waitFor();
    await tabTo(page, open, "Shift+Tab");
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "second-device", level: 1 }).waitFor();

    await page.getByLabel("Command", { exact: true }).waitFor();
    await keyboard.press("c");
    await eventually(async () => expect(await hasFocus(page.getByLabel("Command", { exact: true }))).toBe(true));
    await pressEnterOn(page, page.getByRole("button", { name: "Send command" }));
    await latestCommand(page).getByText('{"did":"blink"}').waitFor();

    await tabTo(page, page.getByRole("button", { name: "More actions" }), "Shift+Tab");
    await keyboard.press("Enter");
    await page.getByRole("menuitem", { name: "Retire…" }).waitFor();
    const retire = page.getByRole("menuitem", { name: "Retire…" });
    for (let presses = 0; presses < 6 && !(await hasFocus(retire)); presses++) await keyboard.press("ArrowDown");
    await keyboard.press("Enter");
    await pressEnterOn(page, page.getByRole("button", { name: "Retire device" }));
    await page.getByText("Retired", { exact: true }).first().waitFor();
  });
});
