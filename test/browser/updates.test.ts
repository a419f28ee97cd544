import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type BodyOf, type FleetEvent, toEvent } from "@fleetlog/domain";
import { type Backbone, connectBackbone, declareStreams } from "@fleetlog/log";
import type { CataloguePage } from "@fleetlog/protocol";
import { afterAll, beforeAll, expect, it } from "vitest";
import { checkedTwice } from "../support/browser/checked.ts";
import { browserSuite } from "../support/browser/suite.ts";
import { Authority } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { signedList } from "../support/signed-list.ts";

/** Each page is checked in two widths. */
const TIMEOUT_MS = 300_000;
const limits = { maxBytes: 4 * 1024 ** 3, replicas: 1 };
const catalogueList = signedList();

const PACKAGES = [
  { name: "firmware", category: "firmware", version: "1.5.0", models: ["P-*"], size: 4_194_304 },
  {
    ...{ name: "viewer", category: "software", version: "3.2", models: ["P-*"], title: "Viewer" },
    needs: { firmware: "1.5" },
  },
];

browserSuite(
  "the pages of updates",
  (suite) => {
    let server: Server;
    let backbone: Backbone;
    let url: string;
    let status = 200;

    beforeAll(async () => {
      server = createServer((_, response) => response.writeHead(status).end(catalogueList.text(PACKAGES)));
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/list`;
      const streams = declareStreams({ FLEET: limits, TELEMETRY: limits });
      backbone = await connectBackbone({ url: suite.stack.nats.url, name: "updates-pages", streams });
    });
    afterAll(async () => {
      await backbone?.close();
      server?.closeAllConnections();
      server?.close();
    });

    function append<T extends "DeviceRegistered" | "DeviceProfileReported">(type: T, data: BodyOf<T>["data"]) {
      const { device: entity } = data;
      const frame = { id: crypto.randomUUID(), source: "/tests", time: new Date().toISOString(), entity };
      return backbone.log.append(toEvent({ type, data } as BodyOf<T>, frame) as FleetEvent);
    }

    async function add(device: string, profile?: object, tags: string[] = []): Promise<void> {
      await append("DeviceRegistered", { device, tags, by: "admin" });
      if (profile) await append("DeviceProfileReported", { device, profile: profile as { model: string } });
    }

    it(
      "add and try a first catalogue by keyboard, and say why a catalogue fails",
      async () => {
        await add("pump-1", { model: "P-1", firmware: "1.4.0", software: { viewer: "3.1" } }, ["roof"]);
        const page = await suite.browser.signIn("/updates");
        await page.getByRole("heading", { name: "Add a catalogue first" }).waitFor();
        await checkedTwice(page, "updates-empty", 400);
        await page.getByRole("link", { name: "Add a catalogue" }).press("Enter");
        await page.getByRole("heading", { name: "No catalogues yet" }).waitFor();
        await page.getByRole("button", { name: "Add a catalogue" }).press("Enter");
        const dialog = page.locator("fl-catalogue-dialog");
        await dialog.getByRole("textbox", { name: "Name" }).fill("pumps");
        await dialog.getByRole("radio", { name: /A list of your own at a URL/ }).check();
        await dialog.getByRole("textbox", { name: "URL" }).fill(url);
        await dialog.getByLabel("How often").selectOption({ label: "Every week" });
        await dialog.getByLabel("Day of the week").selectOption({ label: "Monday" });
        await dialog.getByText(/^Every Monday at 03:00 UTC\. Next, in your time zone: Mon/).waitFor();
        await dialog.getByRole("button", { name: "Save and try" }).press("Enter");
        await dialog.getByText("This is needed.").waitFor();
        await dialog.getByRole("textbox", { name: "Public key" }).fill(catalogueList.signedBy);
        await checkedTwice(page, "catalogue-dialog", 400);
        await dialog.getByRole("button", { name: "Save and try" }).press("Enter");
        const trial = page.locator("fl-try-dialog");
        await trial.getByRole("button", { name: "Try now" }).press("Enter");
        await trial.getByText("it works").waitFor();
        await trial.getByText("1.4.0 → 1.5.0").waitFor();
        await checkedTwice(page, "catalogue-try", 400);
        status = 503;
        await trial.getByRole("button", { name: "Try again" }).press("Enter");
        await trial.getByText("The catalogue has a fault of its own (503).").waitFor();
        await checkedTwice(page, "catalogue-try-failed", 400);
        await trial.getByText("Close", { exact: true }).press("Enter");
        const card = page.getByRole("listitem").filter({ hasText: "pumps" });
        await card.getByText("failing").waitFor();
        await card.getByText("The catalogue has a fault of its own (503).").waitFor();
        await card.getByText(/^Scans all devices every Monday at 03:00 UTC\. Next: Mon/).waitFor();
        await checkedTwice(page, "catalogues", 400);
        status = 200;
        await card.getByRole("button", { name: "Try pumps" }).press("Enter");
        await trial.getByRole("button", { name: "Try now" }).press("Enter");
        await trial.getByText("it works").waitFor();
        await trial.getByText("Close", { exact: true }).press("Enter");
        await card.getByText("works", { exact: true }).waitFor();
      },
      TIMEOUT_MS,
    );

    it(
      "never show a stored client key, keep it when its catalogue is edited, and delete a catalogue",
      async () => {
        const client = new Authority("Vendor CA").issue({ names: ["scans"] });
        const body = { kind: "tpedm", url: "https://vendor.example/api", certificate: client.cert, key: client.key };
        expect((await suite.stack.api.call("PUT", "/api/catalogues/vendor", body)).status).toBe(201);
        const page = await suite.browser.signIn("/updates/catalogues");
        const card = page.getByRole("listitem").filter({ hasText: "vendor" });
        await card.getByText("not asked yet").waitFor();
        await card.getByRole("button", { name: "Edit vendor" }).press("Enter");
        const dialog = page.locator("fl-catalogue-dialog");
        const key = dialog.getByRole("textbox", { name: "Key", exact: true });
        expect(await key.inputValue()).toBe("");
        expect(await key.getAttribute("placeholder")).toBe("stored, unchanged");
        await dialog.getByRole("textbox", { name: /^Models/ }).fill("UC-*");
        await checkedTwice(page, "catalogue-edit", 400);
        await dialog.getByRole("button", { name: "Save", exact: true }).press("Enter");
        await card.getByText("Models: UC-*").waitFor();
        const { items } = (await suite.stack.api.call<CataloguePage>("GET", "/api/catalogues")).body;
        expect(items.find(({ name }) => name === "vendor")).toMatchObject({ has: ["key"], models: ["UC-*"] });
        await card.getByRole("button", { name: "Try vendor" }).press("Enter");
        await page.getByText(/No device fits\./).waitFor();
        await page.keyboard.press("Escape");
        await card.getByRole("button", { name: "Delete vendor" }).press("Enter");
        await page.getByRole("button", { name: "Delete catalogue" }).press("Enter");
        await card.waitFor({ state: "detached" });
      },
      TIMEOUT_MS,
    );

    it(
      "find devices by state, package, model and group, page by page, with the filters in the URL",
      async () => {
        for (let n = 1; n <= 60; n++)
          await add(`unit-${String(n).padStart(2, "0")}`, { model: "P-2", firmware: "1.5.0" });
        await add("silent-1");
        await suite.stack.api.call("PUT", "/api/groups/roof", { filter: { tag: "roof" } });
        const page = await suite.browser.signIn("/updates");
        await page.getByRole("button", { name: "Scan…" }).press("Enter");
        const dialog = page.locator("fl-scan-dialog");
        await checkedTwice(page, "scan-dialog", 400);
        await dialog.getByRole("button", { name: "Start scan" }).press("Enter");
        await eventually(async () =>
          expect((await suite.stack.api.call("GET", "/api/updates?limit=1")).body).toMatchObject({ total: 62 }),
        );
        await page.getByText("62 devices").waitFor();
        const list = page.getByRole("list", { name: "Devices and their updates" });
        await list.getByText("Viewer").first().waitFor();
        await checkedTwice(page, "updates", 400);
        await page.getByRole("button", { name: "Next page" }).press("Enter");
        await page.getByText("51 to 62 of 62").waitFor();
        await expect.poll(() => new URL(page.url()).search).toBe("?page=2");
        await page.reload();
        await page.getByText("51 to 62 of 62").waitFor();
        await page.getByRole("button", { name: /^available/ }).press("Enter");
        await page.getByText("1 device", { exact: true }).waitFor();
        await list.getByText("1.4.0 → 1.5.0").waitFor();
        expect(new URL(page.url()).search).toBe("?state=available");
        await page.goBack();
        await page.getByText("51 to 62 of 62").waitFor();
        await page.getByLabel("Package", { exact: true }).fill("viewer");
        await page.keyboard.press("Enter");
        await page.getByRole("button", { name: /^needs something first/ }).press("Enter");
        await page.getByText("1 device", { exact: true }).waitFor();
        expect(new URL(page.url()).search).toBe("?state=blocked&package=viewer");
        await page.getByRole("button", { name: "Clear filters" }).press("Enter");
        await page.getByLabel("Group").selectOption("roof");
        await page.getByText("1 device", { exact: true }).waitFor();
        await page.getByLabel("Model").selectOption("P-2");
        await page.getByRole("heading", { name: "No device matches" }).waitFor();
        await checkedTwice(page, "updates-none", 400);
        await page.getByRole("button", { name: "Clear filters" }).last().press("Enter");
        await page.getByRole("button", { name: /^never looked at/ }).press("Enter");
        await page.getByText("0 devices").waitFor();
        await page.getByRole("link", { name: "Scans" }).press("Enter");
        await page.getByRole("listitem").filter({ hasText: "All devices" }).getByText("ended").waitFor();
        await checkedTwice(page, "scans", 400);
      },
      TIMEOUT_MS,
    );

    it(
      "show a device's updates and what they need first on its page, which scans again",
      async () => {
        const page = await suite.browser.signIn("/devices/pump-1");
        const card = page.locator("fl-updates-card");
        await card.getByText("1.4.0 → 1.5.0").waitFor();
        await card.getByText(/needs firmware 1\.5/).waitFor();
        await card.getByRole("button", { name: "Look again" }).press("Enter");
        await card.getByRole("button", { name: "Look again" }).waitFor();
        await checkedTwice(page, "device-updates", 400);
        await page.goto("/devices?update=available");
        await page.getByRole("grid", { name: "Devices" }).getByText("pump-1").waitFor();
      },
      TIMEOUT_MS,
    );
  },
  { env: { FLEETLOG_CATALOGUE_NETWORKS: "127.0.0.1" } },
);
