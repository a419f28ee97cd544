import { TpedmGateway } from "@fleetlog/simulators";
import { afterEach, expect, it } from "vitest";
import { axeViolations, overflow } from "../support/browser/accessibility.ts";
import { picture } from "../support/browser/checked.ts";
import { browserSuite } from "../support/browser/suite.ts";

browserSuite("the console of a TPEDM device", (suite) => {
  const gateways: TpedmGateway[] = [];
  afterEach(async () => {
    for (const gateway of gateways.splice(0)) await gateway.stop();
  });

  async function connected(clientId: string): Promise<void> {
    const { stack } = suite;
    const login = { clientId, userName: "line-1", password: "correct-horse" };
    const { status } = await stack.api.call("POST", "/api/devices", { dialect: "tpedm", login });
    expect(status).toBe(201);
    const url = `mqtt://127.0.0.1:${stack.gateways[0]?.mqttPort}`;
    const gateway = new TpedmGateway({ url, ...login });
    gateways.push(gateway);
    await gateway.start();
  }

  it("sends a published operation by keyboard, shows its answer, and repeats and saves it", async () => {
    await connected("plant-1");
    const page = await suite.browser.signIn("/devices/plant-1");
    const card = page.locator("fl-tpedm-console");
    await card.getByRole("tab", { name: "Software" }).focus();
    for (let n = 0; n < 2; n++) await page.keyboard.press("ArrowRight");
    await card.getByRole("tab", { name: "Maintenance", selected: true }).waitFor();
    await card.getByLabel("Operation").selectOption({ label: "Turn the SSH service on or off" });
    expect(await card.getByLabel("Path").inputValue()).toBe("/system/sshserver");
    await card.getByLabel(/^Body/).fill('{"enable": true, "port": 2222}');
    await card.getByRole("button", { name: "Send call" }).press("Enter");
    const answer = card.getByRole("region", { name: "Answer" });
    await answer.getByText("200").waitFor();
    await answer.getByText("2222").waitFor();
    await card.getByRole("button", { name: "Save call" }).press("Enter");
    await card.getByRole("list", { name: "Saved calls" }).getByText("PUT /system/sshserver").waitFor();
    await picture(page, "tpedm-console");
    expect(await axeViolations(page)).toEqual([]);
    await page.reload();
    await card.getByRole("button", { name: "Use PUT /system/sshserver" }).press("Enter");
    expect(await card.getByLabel(/^Body/).inputValue()).toContain("2222");
    await card.getByRole("button", { name: "Form" }).press("Enter");
    await card.getByLabel("port").fill("22");
    await card.getByLabel("port").press("Enter");
    await answer.getByText('"port": 22', { exact: false }).waitFor();
    await card.getByRole("button", { name: "Repeat PUT /system/sshserver" }).first().press("Enter");
    await card.getByRole("button", { name: "Remove PUT /system/sshserver" }).press("Enter");
    await card.getByRole("list", { name: "Saved calls" }).waitFor({ state: "detached" });
  });

  it("sends any other call, says what is wrong with an invalid call, and shows the device's refusal, on a phone in the dark theme", async () => {
    await connected("plant-2");
    const page = await suite.browser.signIn("/devices/plant-2", { width: 400, theme: "dark" });
    const card = page.locator("fl-tpedm-console");
    await card.getByLabel("Operation").selectOption({ label: "Show an update job" });
    await card.getByRole("button", { name: "Send call" }).click();
    await card.getByText("Put the id in place of {id}.").waitFor();
    await card.getByLabel("Path").fill("/no/such/path");
    expect(await card.getByLabel("Operation").inputValue()).toBe("");
    await card.getByRole("button", { name: "Send call" }).click();
    const answer = card.getByRole("region", { name: "Answer" });
    await answer.getByText("404").waitFor();
    await answer.getByText(/no resource at/).waitFor();
    await picture(page, "tpedm-console-phone-dark");
    expect(await overflow(page)).toBe(0);
    expect(await axeViolations(page)).toEqual([]);
  });
});
