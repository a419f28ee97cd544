import type { Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startBrowser, type TestBrowser } from "../support/browser/browser.ts";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { type PathProxy, startPathProxy } from "../support/path-proxy.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { suiteWith } from "../support/suite-with.ts";

const PATH = "/fleet/";

suiteWith("chromium", "the pages under a path of a proxy", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ env: { FLEETLOG_PUBLIC_URL: `https://example.com${PATH}` } });
  });
  afterAll(() => stack?.[Symbol.asyncDispose]());

  const row = (page: Page, id: string): Locator => page.getByRole("row").filter({ hasText: id });

  describe.each([
    ["keeps", true],
    ["removes", false],
  ])("that %s the path", (_, keepsPath) => {
    let proxy: PathProxy;
    let browser: TestBrowser;
    beforeAll(async () => {
      const gatewayPort = stack.gateways[0]?.httpPort ?? 0;
      proxy = await startPathProxy({ gatewayPort, path: PATH, keepsPath });
      browser = await startBrowser({ gateways: [{ api: { url: proxy.url } }], adminToken: stack.adminToken });
    });
    afterEach(() => browser.endVisits());
    afterAll(async () => {
      await browser?.close();
      proxy?.close();
    });

    it("let people sign in, follow changes, link to each other, and can be reloaded at every address", async () => {
      const id = `pump-${keepsPath}`;
      const token = await stack.api.register(id);
      const page = await browser.signIn(`${PATH}devices`);
      await row(page, id).getByText("Never connected").waitFor();
      await page.getByTitle("Changes appear as they happen").waitFor();
      const { httpPort = 0, mqttPort = 0 } = stack.gateways[0] ?? {};
      const device = await connectMqttDevice(5)({ httpPort, mqttPort, device: id, token });
      await row(page, id).getByText("Connected", { exact: true }).first().waitFor();
      await page.getByRole("link", { name: id }).click();
      await page.getByRole("heading", { name: id }).waitFor();
      expect(new URL(page.url()).pathname).toBe(`${PATH}devices/${id}`);
      await page.reload();
      await page.getByRole("heading", { name: id }).waitFor();
      await page.getByRole("link", { name: "Gateways" }).click();
      await page.getByRole("heading", { name: "Gateways", level: 1 }).waitFor();
      expect(new URL(page.url()).pathname).toBe(`${PATH}gateways`);
      const [cookie] = await page.context().cookies(`${proxy.url}${PATH}api/session`);
      expect(cookie?.path).toBe(PATH);
      await page.goto(PATH);
      await row(page, id).waitFor();
      expect(new URL(page.url()).pathname).toBe(`${PATH}devices`);
      await device.close();
      expect(proxy.strays).toEqual([]);
    });

    it("have their API under the path", async () => {
      const id = `valve-${keepsPath}`;
      const created = await fetch(`${proxy.url}${PATH}api/devices`, {
        method: "POST",
        headers: { authorization: `Bearer ${stack.adminToken}`, "content-type": "application/json" },
        body: JSON.stringify({ id }),
      });
      expect(created.headers.get("location")).toBe(`${PATH}api/devices/${id}`);
      const described = await fetch(`${proxy.url}${PATH}api/openapi.json`);
      expect(await described.json()).toMatchObject({ servers: [{ url: PATH }] });
    });
  });
});
