import { readFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { axeViolations, overflow } from "../support/browser/accessibility.ts";
import { startBrowser, type TestBrowser } from "../support/browser/browser.ts";
import { Authority } from "../support/certificates.ts";
import { MqttNewcomer, payloadOf } from "../support/provisioning.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { suiteWith } from "../support/suite-with.ts";

suiteWith("chromium", "the pages of enrolment groups and claims", () => {
  let stack: Stack;
  let browser: TestBrowser;
  const newcomer = (id: string, password: string) => {
    const url = `mqtt://127.0.0.1:${stack.gateways[0]?.mqttPort}`;
    return MqttNewcomer.connect(url, { clientId: id, userName: id, password });
  };
  beforeAll(async () => {
    stack = await startStack();
    browser = await startBrowser(stack);
  });
  afterEach(() => browser.endVisits());
  afterAll(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
  });
  const shot = async (page: Awaited<ReturnType<TestBrowser["signIn"]>>, name: string) => {
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true });
  };

  it("make an enrolment group, show its devices live, replace its secret, and end it", async () => {
    const page = await browser.signIn("/onboarding/enrolment-groups", { width: 400, theme: "dark" });
    await page.getByText("No enrolment groups yet").waitFor();
    await page.getByRole("button", { name: "New group" }).click();
    await page.getByRole("button", { name: "Create group" }).click();
    await page.getByText("A group needs a name.").waitFor();
    await page.getByLabel("Name", { exact: true }).fill("Meters");
    await page.getByLabel("Maximum of devices").fill("2");
    await page.getByLabel("Device ids").fill("meter-*");
    await shot(page, "group-dialog");
    await page.getByRole("button", { name: "Create group" }).click();
    const secret = await page.locator("fl-dialog code").innerText();
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByText("0 of 2 devices").waitFor();

    const device = await newcomer("meter-1", secret);
    payloadOf(await device.ask());
    await device.end();
    await page.getByText("1 of 2 devices").waitFor();
    await page.getByRole("button", { name: "New secret of Meters" }).click();
    await page.getByRole("button", { name: "Make a new secret" }).click();
    expect(await page.locator("fl-dialog code").innerText()).not.toBe(secret);
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByText("two secrets valid until").waitFor();
    await page.getByRole("button", { name: "Switch off Meters" }).click();
    await page.getByText("Off", { exact: true }).waitFor();
    expect([await axeViolations(page), await overflow(page)]).toEqual([[], 0]);
    await shot(page, "groups");
    await page.getByRole("button", { name: "End Meters" }).click();
    await page.getByRole("button", { name: "End group" }).click();
    await page.getByText("Ended", { exact: true }).waitFor();
  });

  it("show a group's devices with their status, change the group, and let a device enrol again", async () => {
    const { api } = stack;
    const { body } = await api.call<{ id: string; token: string }>("POST", "/api/enrolment-groups", {
      ...{ name: "Valves", quota: 5, idPattern: "valve-*", tags: ["hall-2"], configuration: { interval: 30 } },
    });
    for (const id of ["valve-1", "valve-2"]) {
      const device = await newcomer(id, body.token);
      payloadOf(await device.ask());
      await device.end();
    }
    const page = await browser.signIn("/onboarding/enrolment-groups", { width: 400, theme: "dark" });
    await page.getByRole("link", { name: "Valves" }).click();
    await page.getByRole("heading", { name: "Valves" }).waitFor();
    await page.getByRole("link", { name: "valve-2", exact: true }).waitFor();
    await page.getByText("2 of 5").waitFor();
    expect(await page.getByText("Never connected", { exact: true }).count()).toBe(2);
    // A device of the group enrols, and one is retired, while the page is open.
    const third = await newcomer("valve-3", body.token);
    await page.getByText("3 of 5").waitFor();
    await third.end();
    await api.call("DELETE", "/api/devices/valve-1");
    await page.getByText("Retired", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Open again valve-1" }).click();
    await page.locator("fl-dialog").getByRole("button", { name: "Open again" }).click();
    await page.getByText("May enrol again", { exact: true }).waitFor();
    expect([await axeViolations(page), await overflow(page)]).toEqual([[], 0]);
    await shot(page, "group-dark-400");

    await page.getByLabel("Filter by id").fill("valve-2");
    await page.getByText("1 device", { exact: true }).waitFor();
    await page.getByLabel("Filter by id").fill("");
    await page.getByRole("button", { name: "Change", exact: true }).click();
    await page.getByLabel("Name", { exact: true }).fill("Valves of hall 2");
    await page.getByLabel("Maximum of devices").fill("8");
    await page.getByLabel("Expires").fill("2099-01-01T12:00");
    await shot(page, "group-change");
    // Somebody else changes the group first.
    await api.call("PATCH", `/api/enrolment-groups/${body.id}`, { quota: 7 });
    browser.complaints.expect(/412 .*\/api\/enrolment-groups/);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText(/changed since it was read/).waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByText("3 of 7").waitFor();
    await page.getByRole("button", { name: "Change", exact: true }).click();
    await page.getByLabel("Name", { exact: true }).fill("Valves of hall 2");
    await page.getByLabel("Maximum of devices").fill("8");
    await page.getByLabel("Expires").fill("2099-01-01T12:00");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: "Valves of hall 2" }).waitFor();
    await page.getByText("3 of 8").waitFor();
    await page.setViewportSize({ width: 1_280, height: 800 });
    await shot(page, "group-dark");
    await page.getByRole("button", { name: "End", exact: true }).click();
    await page.getByRole("button", { name: "End group" }).click();
    await page.getByText("Ended", { exact: true }).waitFor();
    expect(await page.getByRole("button", { name: "Change", exact: true }).count()).toBe(0);
  });

  it("make a group without a secret, whose devices show a certificate", async () => {
    const authority = new Authority("Plant CA");
    const { body } = await stack.api.call<{ code: string }>("POST", "/api/certificate-authorities/codes");
    const verification = authority.issue({ names: [body.code] }).cert;
    const given = { name: "Plant", certificate: authority.cert, code: body.code, verification };
    expect((await stack.api.call("POST", "/api/certificate-authorities", given)).status).toBe(201);
    const page = await browser.signIn("/onboarding/enrolment-groups");
    await page.getByRole("button", { name: "New group" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Motors");
    await page.getByLabel("Maximum of devices").fill("9");
    await page.getByLabel("Devices show").selectOption({ label: "a certificate of Plant" });
    await page.getByRole("button", { name: "Create group" }).click();
    await page.getByRole("link", { name: "Motors" }).click();
    await page.getByText("a certificate", { exact: true }).waitFor();
    expect(await page.getByRole("button", { name: "New secret" }).count()).toBe(0);
    await shot(page, "group-desktop");
  });

  it("make codes to print, and accept the code in a scanned link, after which the address bar no longer shows the code", async () => {
    const page = await browser.signIn("/onboarding/claim-codes", { width: 400, theme: "dark" });
    // The empty list offers the same beside the heading's button once it is read.
    await page.locator("header").getByRole("button", { name: "Make codes" }).click();
    await page.getByLabel("Name of the batch").fill("spring");
    await page.getByLabel("Number of codes").fill("3");
    await page.locator("fl-dialog").getByRole("button", { name: "Make codes" }).click();
    await page.getByText("3 codes are made").waitFor();
    expect(await page.getByRole("img", { name: /QR code of code/ }).count()).toBe(3);
    expect([await axeViolations(page), await overflow(page)]).toEqual([[], 0]);
    await shot(page, "sheet");
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download CSV" }).click();
    const [, line = ""] = (await readFile(await (await saved).path(), "utf8")).split("\r\n");
    const [, code = "", , , link = ""] = line.split(",");
    expect(new URL(link).hash).toBe(`#code=${code}`);
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByText("3 codes", { exact: true }).waitFor();

    const device = await newcomer("pump-1", code);
    const reply = device.ask();
    await page.getByText("Device waits", { exact: true }).last().waitFor();
    await shot(page, "codes");
    browser.complaints.expect(/400 .*\/api\/claims/);
    await page.goto(link);
    await page.getByLabel("Claim code").waitFor();
    expect(await page.getByLabel("Claim code").inputValue()).toBe(code);
    expect(new URL(page.url()).hash).toBe("");
    await page.getByLabel("Claim code").fill(`${code.slice(0, -1)}${code.endsWith("A") ? "C" : "A"}`);
    await page.getByRole("button", { name: "Claim device" }).click();
    await page.getByText("group 5 seems to be wrong").waitFor();
    await shot(page, "claim");
    await page.getByLabel("Claim code").fill(code);
    await page.getByLabel("Name optional").fill("Pump");
    await page.getByRole("button", { name: "Claim device" }).click();
    await page.getByText("pump-1 is yours").waitFor();
    expect([await axeViolations(page), await overflow(page)]).toEqual([[], 0]);
    expect(payloadOf(await reply).device).toBe("pump-1");
    await device.end();
  });
});
