import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { KuraDevice, LibpyiotcloudDevice, TpedmGateway } from "@fleetlog/simulators";
import { afterEach, expect, it } from "vitest";
import { checkedTwice } from "../support/browser/checked.ts";
import { browserSuite } from "../support/browser/suite.ts";
import { eventually } from "../support/eventually.ts";
import { registerBoard } from "../support/libpyiotcloud.ts";
import { signedList } from "../support/signed-list.ts";

const TIMEOUT_MS = 180_000;
const VERSION = "9.9.0";

browserSuite(
  "the cards on an older system's device page",
  (suite) => {
    const running: { stop(): unknown }[] = [];
    let server: Server | undefined;
    afterEach(async () => {
      for (const one of running.splice(0)) await one.stop();
      server?.closeAllConnections();
      server?.close();
      server = undefined;
    });

    const mqtt = () => `mqtt://127.0.0.1:${suite.stack.gateways[0]?.mqttPort}`;

    async function register(dialect: string, login: object): Promise<void> {
      const { status } = await suite.stack.api.call("POST", "/api/devices", { dialect, login });
      expect(status).toBe(201);
    }

    it(
      "of a gateway with Kura edit the configuration in a form, install and remove packages, and run programs",
      async () => {
        const login = { account: "plant", clientId: "gw-1", userName: "gw-1-user", password: "secret" };
        await register("kura", login);
        const bytes = Buffer.from("a package");
        const upload = await fetch(`${suite.stack.api.url}/api/artifacts/pump/2.0.0`, {
          method: "PUT",
          headers: { authorization: `Bearer ${suite.stack.adminToken}`, "content-type": "application/octet-stream" },
          body: bytes,
        });
        expect(upload.status).toBe(201);
        // Links to artifacts have the address of the HTTPS port.
        const { body: ca } = await suite.stack.api.call<string>("GET", "/api/authority");
        const device = new KuraDevice({ url: mqtt(), ...login, ca, scenario: { fetches: true } });
        running.push(device);
        await device.start();
        const page = await suite.browser.signIn("/devices/plant:gw-1");
        const card = page.locator("fl-kura-card");

        await card.getByRole("button", { name: "Read the configuration" }).press("Enter");
        await card.getByLabel("Component").selectOption({ label: "Heater" });
        const temperature = card.getByLabel("First temperature");
        expect(await temperature.inputValue()).toBe("20.5");
        await checkedTwice(page, "kura-configuration");
        await temperature.fill("99");
        await card.getByRole("button", { name: "Apply" }).press("Enter");
        await temperature.and(page.locator("[aria-invalid=true]")).waitFor();
        await temperature.fill("22.5");
        await card.getByRole("button", { name: "Apply" }).press("Enter");
        const heater = device.applications.properties.get("com.example.Heater");
        await eventually(() => expect(heater?.get("temperature.initial")?.values).toEqual(["22.5"]));

        await card.getByRole("tab", { name: "Packages" }).press("Enter");
        await card.getByRole("button", { name: "Read the packages" }).press("Enter");
        const packages = card.getByRole("list", { name: "Packages" });
        await packages.getByText("heater").waitFor();
        await card.getByText("Download a package").press("Enter");
        await card.getByLabel("Artifact").fill("pump");
        await card.getByLabel("Name", { exact: true }).fill("pump");
        await card.getByLabel("Version").fill("2.0.0");
        await checkedTwice(page, "kura-packages");
        await card.getByRole("button", { name: "Download", exact: true }).press("Enter");
        await card.getByText(/^Download pump 2\.0\.0: done/).waitFor();
        expect(device.applications.files.get("pump 2.0.0")).toEqual(bytes);
        await card.getByRole("button", { name: "Read the packages" }).press("Enter");
        await packages.getByText("pump").waitFor();
        await card.getByRole("button", { name: "Uninstall heater" }).press("Enter");
        await page.getByRole("button", { name: "Uninstall", exact: true }).press("Enter");
        await card.getByText(/^Removal heater: done/).waitFor();
        expect([...device.applications.packages.keys()]).toEqual(["pump"]);

        await card.getByRole("tab", { name: "Console" }).press("Enter");
        const command = card.getByLabel("Command", { exact: true });
        await command.fill("echo hello");
        await card.getByRole("button", { name: "Run" }).press("Enter");
        await card.getByLabel("Output of echo hello").getByText("hello").waitFor();
        await command.fill("false");
        await card.getByRole("button", { name: "Run" }).press("Enter");
        await card.getByLabel("Output of false").getByText("it failed").first().waitFor();
        await checkedTwice(page, "kura-console");
      },
      TIMEOUT_MS,
    );

    it(
      "of a board of libpyiotcloud show pins as switches, and control clock, addresses, serial line and restart",
      async () => {
        const { id, ca, certificate, key } = await registerBoard(suite.stack.api, { name: "board" });
        const url = `mqtts://127.0.0.1:${suite.stack.gateways[0]?.process.ready.mqttsPort}`;
        const calls: string[] = [];
        const onCall = (api: string) => calls.push(api);
        const device = new LibpyiotcloudDevice({
          ...{ url, id, ca, certificate, key, onCall },
          program: "python",
          scenario: "answers",
        });
        running.push(device);
        await device.start();
        const page = await suite.browser.signIn(`/devices/${id}`);
        const card = page.locator("fl-board-card");
        const pressed = (name: string) => card.getByRole("button", { name, exact: true }).press("Enter");

        await card.getByText("No pin is known yet.").waitFor();
        await card.getByLabel("Pin", { exact: true }).fill("12");
        await pressed("Read");
        const pin = card.getByRole("switch", { name: "Pin 12" });
        expect(await pin.isChecked()).toBe(false);
        await pin.press("Space");
        await card.getByRole("switch", { name: "Pin 12", checked: true }).waitFor();
        await page.reload();
        await card.getByRole("switch", { name: "Pin 12", checked: true }).waitFor();

        await pressed("Set to this computer’s time");
        await card.getByText(/^Its clock was set to /).waitFor();
        await pressed("Read clock");
        await card.getByText(/^Its clock: .*20\d\d/).waitFor();
        for (const name of ["MAC", "IP", "Subnet", "Gateway"]) {
          await pressed(name);
          await card.getByText(new RegExp(`^${name}: .+`)).waitFor();
        }
        await card.getByLabel("Text").fill("hello");
        await pressed("Write");
        await card.getByText("Written: hello").waitFor();
        await checkedTwice(page, "libpyiotcloud-board");
        await pressed("Restart");
        await page.getByRole("button", { name: "Restart the device" }).press("Enter");
        await card.getByText("It says: restarting").waitFor();
        expect(calls).toContain("set_status");
        await eventually(async () => expect(await suite.stack.api.device(id)).toMatchObject({ status: "connected" }));
        await pressed("Read status");
        await card.getByText("It says: running").waitFor();
      },
      TIMEOUT_MS,
    );

    it(
      "of a gateway of ThingsPro Edge install an update by a button, and follow it to its end",
      async () => {
        const list = signedList();
        const update = { name: "firmware", category: "firmware", version: VERSION, models: ["*"] };
        const entries = [{ ...update, url: `https://vendor.example/firmware_${VERSION}.yaml` }];
        server = createServer((_, response) => response.end(list.text(entries)));
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/list`;
        const { api } = suite.stack;
        const catalogue = { kind: "fleetlog", url, signedBy: list.signedBy };
        expect((await api.call("PUT", "/api/catalogues/vendor", catalogue)).status).toBe(201);
        const login = { clientId: "plant-1", userName: "line-1", password: "correct-horse" };
        await register("tpedm", login);
        const requests: string[] = [];
        const onRequest = (method: string, path: string) => requests.push(`${method} ${path}`);
        const device = new TpedmGateway({ url: mqtt(), ...login, onRequest });
        running.push(device);
        await device.start();
        await eventually(async () => expect((await api.device("plant-1")).profile).toBeDefined());
        const page = await suite.browser.signIn("/devices/plant-1");
        const card = page.locator("fl-updates-card");
        await card.getByRole("button", { name: `Install ${VERSION}` }).press("Enter");
        await page.getByRole("button", { name: "Install", exact: true }).press("Enter");
        await card.getByRole("link", { name: "Is being installed" }).waitFor();
        await checkedTwice(page, "tpedm-update");
        await card.getByText(`Installation of ${VERSION}`).waitFor({ timeout: 120_000 });
        await card.getByText("completed").waitFor();
        expect(requests.filter((one) => one === "POST /upgrades")).toHaveLength(1);
        await eventually(async () =>
          expect(await api.device("plant-1")).toMatchObject({ profile: { firmware: VERSION } }),
        );
        await card.getByRole("button", { name: `Install ${VERSION}` }).waitFor({ state: "detached" });
      },
      TIMEOUT_MS,
    );
  },
  {
    env: {
      FLEETLOG_CATALOGUE_NETWORKS: "127.0.0.1",
      FLEETLOG_TLS: "auto",
      FLEETLOG_HTTPS_PORT: "0",
      FLEETLOG_MQTTS_PORT: "0",
    },
  },
);
