import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { axeViolations, overflow } from "../support/browser/accessibility.ts";
import { startBrowser, type TestBrowser } from "../support/browser/browser.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { suiteWith } from "../support/suite-with.ts";

const email = "ada@example.org";
const password = "difference engine no. 2";

suiteWith("chromium", "an invited person", () => {
  let stack: Stack;
  let browser: TestBrowser;
  let link: string;
  beforeAll(async () => {
    stack = await startStack();
    browser = await startBrowser(stack);
    const { id } = (await stack.api.call<{ id: string }>("POST", "/api/people", { email, role: "operator" })).body;
    ({ link } = (await stack.api.call<{ link: string }>("POST", `/api/people/${id}/link`)).body);
  });
  afterEach(() => browser.endVisits());
  afterAll(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
  });

  const inside = (page: Page) => page.getByRole("navigation", { name: "Main" }).waitFor();

  it("sets a password by the one-time link, signs in with the password, and can't use the link again", async () => {
    const page = await browser.visit({ width: 400, theme: "dark" });
    await page.goto(link);
    await page.getByText(email).waitFor();
    expect(page.url()).not.toMatch(/code/);
    await page.getByLabel("New password").fill("short");
    await page.getByRole("button", { name: "Set password and sign in" }).click();
    await page.getByText("A password has at least 8 characters.").waitFor();
    expect([await axeViolations(page), await overflow(page)]).toEqual([[], 0]);
    await page.getByLabel("New password").fill(password);
    await page.keyboard.press("Enter");
    await inside(page);

    browser.complaints.expect(/401 .*\/api\/(?:session|people\/reset)/);
    const later = await browser.visit();
    await later.goto(link);
    await later.getByLabel("New password").fill("another password");
    await later.getByRole("button", { name: "Set password and sign in" }).click();
    await later.getByText("This link was used before").waitFor();

    await later.getByRole("link", { name: "Go to sign-in" }).click();
    await later.getByRole("button", { name: "Sign in with email and password" }).click();
    await later.getByLabel("Email address").fill(email);
    await later.getByLabel("Password", { exact: true }).fill("another password");
    await later.keyboard.press("Enter");
    await later.getByText("That email address or password is wrong.").waitFor();
    expect(await axeViolations(later)).toEqual([]);
    await later.getByLabel("Password", { exact: true }).fill(password);
    await later.keyboard.press("Enter");
    await inside(later);
  });

  it("sees a message when the link has no code", async () => {
    browser.complaints.expect(/401 .*\/api\/session/);
    const page = await browser.visit();
    await page.goto("/reset");
    await page.getByText("This link is not complete.").waitFor();
  });
});
