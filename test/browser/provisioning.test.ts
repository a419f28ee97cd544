import { connectAsync } from "mqtt";
import { beforeAll, expect, it } from "vitest";
import { axeViolations, overflow } from "../support/browser/accessibility.ts";
import type { TestBrowser } from "../support/browser/browser.ts";
import { browserSuite } from "../support/browser/suite.ts";

browserSuite("provision requests in the browser", (suite) => {
  beforeAll(async () => {
    await suite.stack.api.call("PUT", "/api/artifacts/meter-app/1.4.2", "bytes");
    await suite.stack.api.call("PUT", "/api/artifacts/meter-data/3", "bytes");
  });
  const shot = async (page: Awaited<ReturnType<TestBrowser["signIn"]>>, name: string) => {
    if (process.env.SHOT) await page.screenshot({ path: `${process.env.SHOT}-${name}.png`, fullPage: true });
  };

  it("are created by keyboard with all their values, show secrets once, and follow the device live", async () => {
    const page = await suite.browser.signIn("/devices");
    await page.keyboard.press("g");
    await page.keyboard.press("n");
    await page.getByText("No provision requests yet").waitFor();
    await page.keyboard.press("n");
    const dialog = page.locator("fl-request-dialog");
    await dialog.getByLabel("Client id").fill("0090E8A1B2C3");
    await dialog.getByRole("button", { name: "Create request" }).press("Enter");
    await dialog.getByText("The device logs in with a user name.").waitFor();
    expect(
      await dialog.getByLabel("User name").evaluate((one) => (one.getRootNode() as ShadowRoot).activeElement === one),
    ).toBe(true);
    await dialog.getByLabel("User name").fill("0090E8A1B2C3-S1");
    await dialog.getByLabel(/activation key/).press("Space");
    await dialog.getByLabel(/without TLS/).press("Space");
    await dialog.getByLabel("Name", { exact: true }).fill("Meter 7");
    await dialog.getByLabel("Expires").fill("2099-01-01T00:00");
    await dialog.getByLabel("Retries after a failure").fill("1");
    await dialog.getByLabel(/^Configuration/).fill('{"interval":30}');
    await dialog.getByRole("button", { name: "Add bundle" }).press("Enter");
    await dialog.getByRole("button", { name: "Add bundle" }).press("Enter");
    await dialog.getByLabel("Name of bundle 2").fill("data");
    expect(await axeViolations(page)).toEqual([]);
    await shot(page, "dialog");
    await dialog.getByRole("button", { name: "Create request" }).press("Enter");
    await dialog.getByText("These are shown only once").waitFor();
    const [password = "", key = ""] = await dialog.locator("code").allTextContents();
    expect(key).toHaveLength(32);
    await dialog.getByRole("button", { name: "Done" }).press("Enter");

    await page.getByText("Waiting for a device to log in as 0090E8A1B2C3").waitFor();
    await page.getByText("Created", { exact: true }).first().waitFor();
    const login = { clientId: "0090E8A1B2C3", username: "0090E8A1B2C3-S1", password, reconnectPeriod: 0 };
    const device = await connectAsync(`mqtt://127.0.0.1:${suite.stack.gateways[0]?.mqttPort}`, login);
    await page.getByText("The device logged in").waitFor();
    await device.subscribeAsync("provision/reply", { qos: 1 });
    await device.publishAsync("provision/request", JSON.stringify({ activationKey: key, model: "M7" }), { qos: 1 });
    await page.getByText("The device got its credential").waitFor();
    const report = (state: string, more = {}) =>
      device.publishAsync("provision/progress", JSON.stringify({ state, ...more }), { qos: 1 });
    await report("CONF_UPDATING");
    await page.getByText("It applies its configuration").waitFor();
    await report("FAILED", { error: { code: "no-room", message: "the disk is full" } });
    await page.getByText("The device may try once more.").waitFor();
    await page.getByText("no-room: the disk is full").waitFor();
    expect([await axeViolations(page), await overflow(page)]).toEqual([[], 0]);
    await shot(page, "story");
    await device.endAsync();
  });

  it("are filtered, stopped and copied on a phone in the dark theme", async () => {
    const login = { clientId: "0090E8A1B2C4", userName: "0090E8A1B2C4-S1" };
    await suite.stack.api.call("POST", "/api/provision-requests", {
      ...login,
      device: { name: "Meter 8", tags: ["hall"] },
    });
    const page = await suite.browser.signIn("/onboarding", { width: 400, theme: "dark" });
    await page.getByRole("link", { name: "Meter 8" }).waitFor();
    await page.getByLabel("Filter by name").fill("meter b2c4");
    await page.getByText("1 request", { exact: true }).waitFor();
    await page.getByLabel("State").selectOption("ended");
    await page.getByText("No request matches").waitFor();
    await page.getByRole("button", { name: "Remove the filters" }).click();
    await page.getByRole("link", { name: "Meter 8" }).waitFor();
    expect([await axeViolations(page), await overflow(page)]).toEqual([[], 0]);
    await shot(page, "list");
    await page.getByRole("link", { name: "Meter 8" }).click();
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.getByRole("button", { name: "Stop request" }).click();
    await page.getByText("Stopped", { exact: true }).first().waitFor();
    expect([await axeViolations(page), await overflow(page)]).toEqual([[], 0]);
    await shot(page, "stopped");
    await page.getByRole("button", { name: "Create again" }).click();
    const dialog = page.locator("fl-request-dialog");
    expect(await dialog.getByLabel("Name", { exact: true }).inputValue()).toBe("Meter 8");
    await dialog.getByRole("button", { name: "Create request" }).click();
    await dialog.getByText("These are shown only once").waitFor();
    await dialog.getByRole("button", { name: "Done" }).click();
    await page.getByText("Waiting for a device to log in as 0090E8A1B2C4").waitFor();
  });

  it("show a new activation key once", async () => {
    const login = { clientId: "0090E8A1B2C5", userName: "0090E8A1B2C5-S1" };
    const { body } = await suite.stack.api.call<{ id: string; activationKey: string }>(
      "POST",
      "/api/provision-requests",
      {
        ...login,
        generateActivationKey: true,
        device: {},
      },
    );
    const page = await suite.browser.signIn(`/onboarding/requests/${body.id}`);
    await page.getByRole("button", { name: "New activation key" }).click();
    await page.getByRole("button", { name: "Make new key" }).click();
    const shown = page.locator("fl-secrets-dialog code");
    await shown.waitFor();
    expect(await shown.textContent()).toMatch(/^[A-Za-z2-9]{32}$/);
    expect(await shown.textContent()).not.toBe(body.activationKey);
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByText("Got a new activation key").waitFor();
  });
});
