import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { startBrowser, type TestBrowser } from "../support/browser/browser.ts";
import { checked } from "../support/browser/checked.ts";
import { storedIn } from "../support/browser/stored.ts";
import { addPerson, PASSWORD } from "../support/people.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { suiteWith } from "../support/suite-with.ts";

const EMAIL = "ada@example.org";

suiteWith("chromium", "passkeys on the pages", () => {
  let stack: Stack;
  let browser: TestBrowser;
  beforeAll(async () => {
    stack = await startStack();
    // Browsers have no passkeys for an IP address.
    const url = stack.api.url.replace("127.0.0.1", "localhost");
    browser = await startBrowser({ gateways: [{ api: { url } }], adminToken: stack.adminToken });
    await addPerson(stack.api, EMAIL);
  });
  afterEach(() => browser.endVisits());
  afterAll(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
  });

  /**
   * Adds a virtual authenticator that verifies its owner and keeps passkeys. Resolves with a function that sets whether the
   * owner confirms the browser's prompts. One of these prompts is the suggestion of a passkey in the sign-in form.
   */
  async function withAuthenticator(page: Page): Promise<(touched: boolean) => Promise<void>> {
    const session = await page.context().newCDPSession(page);
    await session.send("WebAuthn.enable");
    const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    return async (enabled) => {
      await session.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled });
    };
  }
  async function openSignIn(page: Page): Promise<void> {
    await page.goto("/sign-in");
    await page.locator("fl-sign-in-form input").first().waitFor();
  }
  async function fillPassword(page: Page): Promise<void> {
    await openSignIn(page);
    const other = page.getByRole("button", { name: "Sign in with email and password" });
    if (await other.isVisible()) await other.click();
    await page.getByLabel("Email address").fill(EMAIL);
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.keyboard.press("Enter");
  }
  async function signOut(page: Page): Promise<void> {
    await page.getByRole("button", { name: "Signed in as" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in to Fleetlog" }).waitFor();
  }
  const inside = (page: Page) => page.getByRole("navigation", { name: "Main" }).waitFor();
  it("are added, sign in without a password, and are the second factor until they are removed", async () => {
    browser.complaints.expect(/401 .*\/api\/session/);
    const page = await browser.visit({ width: 400, theme: "dark" });
    const touch = await withAuthenticator(page);
    await fillPassword(page);
    await inside(page);
    await page.goto("/profile");
    await page.getByRole("button", { name: "Add a passkey" }).click();
    const dialog = page.locator("fl-passkey-dialog");
    await dialog.getByRole("textbox", { name: "Name" }).fill("Ada's phone");
    await dialog.getByLabel("Your password").fill("wrong");
    await page.keyboard.press("Enter");
    await dialog.getByText("This is not your password.").waitFor();
    await checked(page, "passkey-dialog-400-dark");
    await dialog.getByLabel("Your password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.locator("fl-passkeys-card li", { hasText: "Ada's phone" }).waitFor();
    await page.locator("fl-passkeys-card").getByText("never used").waitFor();
    await checked(page, "passkeys-400-dark");

    await touch(false);
    await signOut(page);
    await page.getByRole("button", { name: "Sign in with a passkey" }).waitFor();
    await checked(page, "sign-in-passkey-400-dark");
    await touch(true);
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await inside(page);

    await page.goto("/profile");
    await page.locator("fl-passkeys-card").getByText("last used").waitFor();
    await page.getByRole("button", { name: "Use my passkeys only" }).click();
    await page.getByLabel("Your password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "I have kept them" }).click();
    await page.getByText("needs one of your passkeys").waitFor();
    await touch(false);
    await signOut(page);
    await fillPassword(page);
    await page.getByLabel("Code of your authenticator app").waitFor();
    await checked(page, "second-factor-passkey-400-dark");
    await touch(true);
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await inside(page);

    await page.goto("/profile");
    await page.getByRole("button", { name: "Turn off" }).click();
    await page.getByLabel("Your password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Use my passkeys only" }).waitFor();
    await page.getByRole("button", { name: "Rename Ada's phone" }).click();
    await dialog.getByRole("textbox", { name: "Name" }).fill("Old phone");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Remove Old phone" }).click();
    await dialog.getByLabel("Your password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByText("Old phone is removed").waitFor();
    await page.locator("fl-passkeys-card li").waitFor({ state: "detached" });
    const kept = await storedIn(page);
    for (const text of [PASSWORD, EMAIL, "phone"]) expect(kept).not.toContain(text);
    await touch(false);
    await signOut(page);
    await touch(true);
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await page.getByText("This passkey is not valid here").waitFor();
  });

  it("are disabled with a hint at an address without passkeys", async () => {
    const page = await browser.visit({ more: { baseURL: stack.api.url } });
    browser.complaints.expect(/another host/, /401 .*\/api\/session/);
    await fillPassword(page);
    await inside(page);
    await page.goto("/profile");
    await page.locator("fl-passkeys-card").getByText("open the pages at localhost").waitFor();
    expect(await page.getByRole("button", { name: "Add a passkey" }).isDisabled()).toBe(true);
    await signOut(page);
    expect(await page.getByRole("button", { name: "Sign in with a passkey" }).count()).toBe(0);
  });
});
