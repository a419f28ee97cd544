import { TOTP } from "otpauth";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { Api } from "../support/api.ts";
import { startBrowser, type TestBrowser } from "../support/browser/browser.ts";
import { checked } from "../support/browser/checked.ts";
import { storedIn } from "../support/browser/stored.ts";
import { eventually } from "../support/eventually.ts";
import { addPerson, PASSWORD } from "../support/people.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { suiteWith } from "../support/suite-with.ts";

const EMAIL = "ada@example.org";
const NEW_PASSWORD = "difference engine no. 2";

suiteWith("chromium", "a person's own pages", () => {
  let stack: Stack;
  let browser: TestBrowser;
  let secret = "";
  beforeAll(async () => {
    stack = await startStack();
    browser = await startBrowser(stack);
    await addPerson(stack.api, EMAIL);
  });
  afterEach(() => browser.endVisits());
  afterAll(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
  });

  async function fill(page: Page, password: string, { email = EMAIL, path = "/sign-in" } = {}): Promise<void> {
    await page.goto(path);
    await page.getByRole("heading", { name: "Sign in to Fleetlog" }).waitFor();
    await page.locator("fl-sign-in-form input").first().waitFor();
    const other = page.getByRole("button", { name: "Sign in with email and password" });
    if (await other.isVisible()) await other.click();
    await page.getByLabel("Email address").fill(email);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.keyboard.press("Enter");
  }
  const inside = (page: Page) => page.getByRole("navigation", { name: "Main" }).waitFor();
  const codeIn = (steps: number) => new TOTP({ secret }).generate({ timestamp: Date.now() + steps * 30_000 });

  it("change the password, and turn the second factor on with a QR code and recovery codes", async () => {
    browser.complaints.expect(/401 .*\/api\/session/);
    const page = await browser.visit({ width: 400, theme: "dark" });
    await fill(page, PASSWORD);
    await inside(page);
    await page.getByRole("button", { name: "Signed in as" }).click();
    await page.getByRole("menuitem", { name: "Profile" }).click();
    await page.getByRole("heading", { name: "Profile" }).waitFor();
    await page.locator("fl-profile-page dd", { hasText: EMAIL }).first().waitFor();
    await page.getByLabel("Current password").fill("wrong");
    await page.getByLabel("New password").fill(NEW_PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByText("This is not your password.").waitFor();
    await checked(page, "profile-400-dark");
    await page.getByLabel("Current password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByText("Your password is changed").waitFor();
    await page.getByLabel("Display name").fill("Countess");
    await page.getByLabel("First name").fill("Ada");
    await page.keyboard.press("Enter");
    await page.getByText("Your name is changed").waitFor();
    await page.getByRole("button", { name: "Signed in as Countess" }).waitFor();
    await page.reload();
    await page.getByRole("button", { name: "Signed in as Countess" }).waitFor();
    expect(await page.getByLabel("First name").inputValue()).toBe("Ada");

    await page.getByRole("button", { name: "Turn on" }).click();
    await page.getByLabel("Your password").fill(NEW_PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("img", { name: "QR code of the secret" }).waitFor();
    secret = (await page.locator("fl-second-factor-dialog .secret-text code").textContent()) ?? "";
    await checked(page, "second-factor-400-dark");
    await page.getByLabel("Code that the app shows").fill("000000");
    await page.keyboard.press("Enter");
    await page.getByText("This code is wrong.").waitFor();
    await page.getByLabel("Code that the app shows").fill(codeIn(0));
    await page.keyboard.press("Enter");
    await page.getByText("each of these codes lets you in once").waitFor();
    const recoveryCodes = await page.locator("fl-second-factor-dialog li").allTextContents();
    expect(recoveryCodes).toHaveLength(10);
    await checked(page, "recovery-codes-400-dark");
    await page.getByRole("button", { name: "I have kept them" }).click();
    await page.getByText("10 recovery codes are left.").waitFor();
    const kept = await storedIn(page);
    for (const text of [secret, ...recoveryCodes, PASSWORD, NEW_PASSWORD, EMAIL]) expect(kept).not.toContain(text);
  });

  it("ask for the code at sign-in, and sign out everywhere", async () => {
    browser.complaints.expect(/401 .*\/api\/session/);
    const page = await browser.visit({ width: 400 });
    await fill(page, NEW_PASSWORD);
    const code = page.getByLabel("Code of your authenticator app");
    await code.waitFor();
    await checked(page, "sign-in-code-400");
    await code.fill("000000");
    await page.keyboard.press("Enter");
    await page.getByText("That code is wrong").waitFor();
    await code.fill(codeIn(1));
    await page.keyboard.press("Enter");
    await inside(page);
    await page.goto("/profile");
    await page.getByRole("button", { name: "Sign out everywhere" }).click();
    await page.locator("fl-confirm").getByRole("button", { name: "Sign out everywhere" }).click();
    await page.getByRole("heading", { name: "Sign in to Fleetlog" }).waitFor();
  });

  it("confirm another email address by an administrator's link, after the sign-in that the link asks for", async () => {
    browser.complaints.expect(/401 .*\/api\/session/);
    const [email, next] = ["bea@example.org", "bea@example.com"];
    const { id } = await addPerson(stack.api, email);
    const made = await stack.api.call<{ link: string; code: string }>("POST", `/api/people/${id}/email-link`, {
      email: next,
    });
    const { pathname, hash } = new URL(made.body.link);
    const page = await browser.visit({ width: 400 });
    await fill(page, PASSWORD, { email, path: pathname + hash });
    const field = page.getByLabel("Code for the new address");
    await eventually(async () => expect(await field.inputValue()).toBe(made.body.code));
    expect(new URL(page.url()).hash).toBe("");
    await checked(page, "profile-email-400");
    await page.getByRole("button", { name: "Confirm the new address" }).click();
    await page.getByText("Your email address is changed").waitFor();
    await page.locator("dd", { hasText: next }).waitFor();
    expect(await storedIn(page)).not.toContain(made.body.code);
  });

  it("make an API key, which is shown once, and revoke it", async () => {
    const page = await browser.signIn("/api-keys");
    await page.getByRole("heading", { name: "No API keys yet" }).waitFor();
    await page.getByRole("button", { name: "New API key" }).click();
    await page.getByRole("button", { name: "Make API key" }).click();
    await page.getByText("Give the key a name.").waitFor();
    await page.locator("input[name=name]").fill("nightly report");
    await page.getByLabel("Role").selectOption("operator");
    await checked(page, "api-key-dialog");
    await page.keyboard.press("Tab");
    browser.complaints.expect(/403 .*\/api\/api-keys/, /401 .*\/api\/session\/proof/);
    // The gateway answers this ten minutes after a sign-in.
    const problem = {
      code: "proof-required",
      status: 403,
      title: "A proof is needed",
      detail: "show again who you are",
    };
    await page.route("**/api/api-keys", (route) => route.fulfill({ status: 403, json: problem }), { times: 1 });
    await page.getByRole("button", { name: "Make API key" }).click();
    const proof = page.locator("fl-proof-dialog");
    await proof.getByLabel("Operator token").fill("wrong");
    await page.keyboard.press("Enter");
    await proof.getByText("This is not the token.").waitFor();
    await checked(page, "proof-dialog");
    await proof.getByLabel("Operator token").fill(stack.adminToken);
    await page.keyboard.press("Enter");
    const shown = page.locator("fl-api-key-dialog .secret-text code");
    const key = (await shown.textContent()) ?? "";
    const api = new Api(stack.api.url, key);
    expect((await api.call("GET", "/api/session")).body).toMatchObject({ role: "operator" });
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByRole("heading", { name: "nightly report" }).waitFor();
    expect(await page.getByText(key).count()).toBe(0);
    const kept = await storedIn(page);
    for (const text of [key, stack.adminToken]) expect(kept).not.toContain(text);
    await checked(page, "api-keys");
    await page.setViewportSize({ width: 400, height: 800 });
    await checked(page, "api-keys-400");
    await page.getByRole("button", { name: "Revoke nightly report" }).click();
    await page.locator("fl-confirm").getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("heading", { name: "No API keys yet" }).waitFor();
    await eventually(async () => expect((await api.call("GET", "/api/session")).status).toBe(401));
    await page.goto("/profile");
    await page.getByText("You are signed in with a token.").waitFor();
  });
});
