import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { axeViolations, overflow } from "../support/browser/accessibility.ts";
import { startBrowser, type TestBrowser } from "../support/browser/browser.ts";
import { eventually } from "../support/eventually.ts";
import { type MailServer, startMailServer } from "../support/mail-server.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { suiteWith } from "../support/suite-with.ts";

const email = "ada@example.org";
const password = "difference engine no. 2";

suiteWith("chromium", "a person who signs up", () => {
  let mail: MailServer;
  let stack: Stack;
  let browser: TestBrowser;
  beforeAll(async () => {
    mail = await startMailServer();
    const mails = { FLEETLOG_SMTP_URL: mail.url, FLEETLOG_MAIL_FROM: "fleetlog@example.org", FLEETLOG_SIGN_UP: "open" };
    stack = await startStack({ env: mails });
    browser = await startBrowser(stack);
  });
  afterEach(() => browser.endVisits());
  afterAll(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
    await mail?.stop();
  });

  const inside = (page: Page) => page.getByRole("navigation", { name: "Main" }).waitFor();
  const code = (count: number) =>
    eventually(() => {
      expect(mail.mails).toHaveLength(count);
      return mail.mails.at(-1)?.code ?? "";
    });

  it("confirms the address by the code of a mail, with the keyboard, and is signed in", async () => {
    browser.complaints.expect(/401 .*\/api\/(?:session|people\/confirm)/);
    const page = await browser.visit({ width: 400, theme: "dark" });
    await page.goto("/");
    await page.getByRole("link", { name: "Sign up" }).click();
    await page.getByRole("heading", { name: "Sign up for Fleetlog" }).waitFor();
    expect([await axeViolations(page), await overflow(page)]).toEqual([[], 0]);
    await page.getByLabel("Email address").fill(email);
    await page.getByLabel("Password", { exact: true }).fill("short");
    await page.keyboard.press("Enter");
    await page.getByText("A password has at least 8 characters.").waitFor();
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.keyboard.press("Enter");
    await page.getByText("a mail with a code is on its way").waitFor();
    expect([await axeViolations(page), await overflow(page)]).toEqual([[], 0]);
    await page.keyboard.type("AAAAAAAAAA");
    await page.keyboard.press("Enter");
    await page.getByText("This code is wrong").waitFor();
    await page.getByLabel("Code from the mail").fill((await code(1)).toLowerCase());
    await page.keyboard.press("Enter");
    await inside(page);
  });

  it("replaces a forgotten password by the code of a mail", async () => {
    browser.complaints.expect(/401 .*\/api\/session/);
    const page = await browser.visit();
    await page.goto("/");
    await page.getByRole("link", { name: "Forgotten password" }).click();
    await page.getByLabel("Email address").fill(email);
    await page.keyboard.press("Enter");
    await page.getByLabel("Code from the mail").fill(await code(2));
    await page.getByLabel("New password").fill("another engine");
    expect(await axeViolations(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await inside(page);
  });

  it("confirms by the link of the mail, after which the address bar no longer shows the code", async () => {
    browser.complaints.expect(/401 .*\/api\/session/);
    const body = { email: "grace@example.org", password };
    await stack.api.call("POST", "/api/people/sign-up", body);
    const page = await browser.visit();
    await page.goto(`/confirm#${new URLSearchParams({ email: body.email, code: await code(3) })}`);
    await page.getByRole("button", { name: "Confirm" }).waitFor();
    expect(page.url()).not.toMatch(/code/);
    await page.getByRole("button", { name: "Confirm" }).click();
    await page.getByRole("heading", { name: "Sign in to Fleetlog" }).waitFor();
    await page.getByLabel("Email address").fill(body.email);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.keyboard.press("Enter");
    await inside(page);
  });
});
