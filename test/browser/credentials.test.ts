import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { axeViolations, overflow } from "../support/browser/accessibility.ts";
import { startBrowser, type TestBrowser } from "../support/browser/browser.ts";
import { picture } from "../support/browser/checked.ts";
import { Authority, signingRequest } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { suiteWith } from "../support/suite-with.ts";

suiteWith("chromium", "a device's credentials on its page", () => {
  let stack: Stack;
  let browser: TestBrowser;
  beforeAll(async () => {
    stack = await startStack();
    browser = await startBrowser(stack);
  });
  afterEach(() => browser.endVisits());
  afterAll(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
  });

  const valid = async (id: string) =>
    (await stack.api.call<{ items: { serial: string }[] }>("GET", `/api/devices/${id}/certificates`)).body.items;

  it("are issued with a key that is shown once, and revoked, by keyboard", async () => {
    await stack.api.register("kiln");
    const page = await browser.signIn("/devices/kiln");
    const card = page.locator("fl-credentials-card");
    await card.getByText(/Token #\d+/).waitFor();
    await card.getByRole("button", { name: "Issue certificate" }).focus();
    await page.keyboard.press("Enter");
    const dialog = page.locator("fl-issue-dialog");
    await dialog.getByLabel("is made here and shown once").check();
    expect(await axeViolations(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Issue certificate" }).press("Enter");
    await dialog.getByText("The private key is shown only once").waitFor();
    const saving = page.waitForEvent("download");
    await dialog.getByRole("button", { name: "Save the private key" }).press("Enter");
    expect((await saving).suggestedFilename()).toBe("kiln-key.pem");
    await dialog.getByRole("button", { name: "Done" }).press("Enter");
    await dialog.waitFor({ state: "detached" });
    const [{ serial = "" } = {}] = await valid("kiln");
    await card.getByText(serial).waitFor();
    await card.getByRole("button", { name: `Revoke certificate ${serial.slice(0, 8)}` }).press("Enter");
    await page.getByRole("button", { name: "Revoke certificate", exact: true }).press("Enter");
    await card.getByText("revoked", { exact: true }).waitFor();
    expect(await valid("kiln")).toEqual([]);
  });

  it("are issued by a signing request, and refused for another device's request, on a phone in the dark theme", async () => {
    await stack.api.register("sluice");
    const page = await browser.signIn("/devices/sluice", { width: 400, theme: "dark" });
    const card = page.locator("fl-credentials-card");
    await card.getByRole("button", { name: "Issue certificate" }).click();
    const dialog = page.locator("fl-issue-dialog");
    browser.complaints.expect(/400 .*\/api\/devices\/sluice\/certificates/);
    await dialog.getByRole("textbox", { name: /^Signing request/ }).fill(signingRequest("another"));
    await dialog.getByRole("button", { name: "Issue certificate" }).click();
    await dialog.getByText(/must be exactly the common name sluice/).waitFor();
    expect(await overflow(page)).toBe(0);
    await dialog.getByRole("textbox", { name: /^Signing request/ }).fill(signingRequest("sluice"));
    await dialog.getByRole("button", { name: "Issue certificate" }).click();
    await dialog.getByRole("button", { name: "Save the certificate" }).waitFor();
    await dialog.getByRole("button", { name: "Done" }).click();
    await card.getByText("valid", { exact: true }).nth(1).waitFor();
    expect(await overflow(page)).toBe(0);
    expect(await axeViolations(page)).toEqual([]);
    await eventually(async () => expect(await valid("sluice")).toHaveLength(1));
  });

  it("may be signed by an authority of the account, which the page adds with a proof of its key, and ends", async () => {
    await stack.api.register("sensor");
    const page = await browser.signIn("/devices/sensor");
    await page.getByRole("link", { name: "Certificate authorities of your own" }).click();
    await page.getByRole("heading", { name: "No authorities yet" }).waitFor();
    await page.locator("fl-installation-authority").getByText("issues certificates").waitFor();
    await page.getByRole("button", { name: "Add authority" }).press("Enter");
    const dialog = page.locator("fl-authority-dialog");
    const code = (await dialog.locator(".secret-text code").textContent()) ?? "";
    const authority = new Authority("Plant north CA");
    await dialog.getByRole("textbox", { name: "Name" }).fill("Plant north");
    await dialog.getByRole("textbox", { name: /^Certificate of the authority/ }).fill(authority.cert);
    const proof = dialog.getByRole("textbox", { name: /^Certificate with that code/ });
    await proof.fill(authority.issue({ names: ["another"] }).cert);
    browser.complaints.expect(/400 .*\/api\/certificate-authorities/);
    await dialog.getByRole("button", { name: "Add authority" }).click();
    await dialog.getByText(/its common name is not the code/).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await picture(page, "authority-dialog");
    await proof.fill(authority.issue({ names: [code] }).cert);
    await dialog.getByRole("button", { name: "Add authority" }).click();
    await page.getByRole("heading", { name: "Plant north" }).waitFor();
    const choosing = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Replace the revocation list of Plant north" }).press("Enter");
    const list = { name: "list.pem", mimeType: "application/pkix-crl", buffer: Buffer.from(authority.revoke([])) };
    await (await choosing).setFiles(list);
    await page.getByText(/0 revoked/).waitFor();
    await page.setViewportSize({ width: 400, height: 800 });
    expect(await overflow(page)).toBe(0);
    expect(await axeViolations(page)).toEqual([]);
    await picture(page, "authorities-400");
    await page.getByRole("button", { name: "End Plant north" }).click();
    await page.locator("fl-confirm").getByRole("button", { name: "End authority" }).click();
    await page.getByRole("heading", { name: "No authorities yet" }).waitFor();
  });

  it("include a token, which the page replaces and shows once", async () => {
    const before = await stack.api.register("valve");
    const page = await browser.signIn("/devices/valve");
    await page.locator("fl-credentials-card").getByRole("button", { name: "New token" }).click();
    await page.getByRole("button", { name: "Replace token" }).click();
    const shown = page.locator("fl-token-dialog code");
    await shown.waitFor();
    expect(await shown.textContent()).not.toBe(before);
    await page.getByRole("button", { name: "Done" }).click();
    await page.locator("fl-token-dialog").waitFor({ state: "detached" });
  });
});
