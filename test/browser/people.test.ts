import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { axeViolations, overflow } from "../support/browser/accessibility.ts";
import { startBrowser, type TestBrowser } from "../support/browser/browser.ts";
import { checked } from "../support/browser/checked.ts";
import { hasFocus } from "../support/browser/keyboard.ts";
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

  it("is listed with their devices on the page People, where people are also invited, changed, ended and erased", async () => {
    for (const id of ["pump-1", "pump-2"]) await stack.api.call("POST", "/api/devices", { id, tags: ["hall-2"] });
    await stack.api.call("POST", "/api/devices", { id: "pump-3" });
    const page = await browser.signIn("/devices", { width: 1280 });
    await page.keyboard.press("g");
    await page.keyboard.press("p");
    await page.getByRole("heading", { name: "People", level: 1 }).waitFor();
    const row = (name: string) =>
      page.getByRole("list", { name: "People" }).getByRole("listitem").filter({ hasText: name });
    await row(email).getByText("Confirmed").waitFor();
    await row(email).getByRole("link", { name: "3 devices" }).waitFor();

    await page.getByRole("button", { name: "Invite" }).click();
    await page.getByRole("button", { name: "Invite" }).last().click();
    await page.getByText("Give an email address.").waitFor();
    await page.getByLabel("Email address").fill(email);
    await page.keyboard.press("Enter");
    browser.complaints.expect(/409 .*\/api\/people/);
    await page.getByText("Somebody has this email address already.").waitFor();
    await page.getByLabel("Email address").fill("bob@example");
    await page.keyboard.press("Enter");
    await page.getByText("Is it complete, such as bob@example.org?").waitFor();
    await page.getByLabel("Email address").fill("bob@example.org");
    await page.getByLabel("Role").selectOption("viewer");
    await page.getByLabel("Tags").fill("hall-2");
    await checked(page, "invite");
    await page.getByRole("button", { name: "Invite" }).last().click();
    const shown = page.locator("fl-person-link-dialog .secret-text code");
    expect(await shown.textContent()).toMatch(/\/reset#email=bob%40example\.org&code=/);
    await expect.poll(() => hasFocus(page.getByRole("button", { name: "Copy one-time link" }))).toBe(true);
    await page.getByRole("button", { name: "Done" }).click();
    await row("bob@example.org").getByText("Invited").waitFor();
    expect(await page.getByText("code=").count()).toBe(0);

    await stack.api.call("POST", "/api/people", { email: "cy@example.org", role: "owner" });
    await row("cy@example.org").getByText("owner").waitFor();
    await checked(page, "people");
    await page.getByLabel("Search people").fill("BOB viewer hall");
    await page.getByText("1 person", { exact: true }).waitFor();
    await page.setViewportSize({ width: 400, height: 800 });
    await page.emulateMedia({ colorScheme: "dark" });
    await checked(page, "people-400-dark");
    await row("bob@example.org").getByRole("link", { name: "2 devices" }).click();
    await page.waitForURL(/\/devices\?tag=hall-2/);
    await page.goBack();

    const act = async (name: string, action: string) => {
      await page.getByRole("button", { name: `Actions for ${name}` }).click();
      await page.getByRole("menuitem", { name: action }).click();
    };
    await act("bob@example.org", "Change access…");
    await page.getByLabel("Role").selectOption("operator");
    await page.getByRole("button", { name: "Remove tag hall-2" }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("The access of bob@example.org is changed").waitFor();
    await page.getByLabel("Search people").fill("bob");
    await row("bob@example.org").getByText("operator").waitFor();
    await row("bob@example.org").getByRole("link", { name: "3 devices" }).waitFor();
    await act("bob@example.org", "End access…");
    await page.locator("fl-confirm").getByRole("button", { name: "End access" }).click();
    await page.getByText("Nobody matches").waitFor();
    await page.getByLabel("State").selectOption("Ended");
    await row("bob@example.org").getByText("Ended").waitFor();
    await act("bob@example.org", "Erase…");
    await page.locator("fl-confirm").getByRole("button", { name: "Erase" }).click();
    await page.getByText("Nobody matches").waitFor();
    await page.getByLabel("Search people").fill("");
    await row("Erased person").waitFor();
    expect(await row("bob@example.org").count()).toBe(0);
  });

  it("is asked for a password after each sign-in by the link, until the password is set", async () => {
    const page = await browser.visit({ width: 400, theme: "dark" });
    const enter = () => page.goto(`/devices#token=${stack.adminToken}`);
    const dialog = page.getByRole("dialog", { name: "Set your password" });
    await enter();
    await dialog.waitFor();
    await checked(page, "first-password-400-dark");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.reload();
    await inside(page);
    expect(await dialog.count()).toBe(0);
    await page.goto("/people");
    await enter();
    await page.getByLabel("Email address").fill("root@example.org");
    await page.getByLabel("New password").fill("short");
    browser.complaints.expect(/400 .*\/api\/session\/person/);
    await page.keyboard.press("Enter");
    await page.getByText("a password has 8 to 256 characters").waitFor();
    await page.getByLabel("New password").fill(password);
    await page.keyboard.press("Enter");
    await page.getByText("Your password is set").waitFor();
    await page.getByRole("button", { name: "Signed in as root@example.org" }).waitFor();
    const session = await page.evaluate(async () => (await fetch("/api/session")).json());
    expect(session).toMatchObject({ role: "admin", person: { email: "root@example.org" } });
    expect((await stack.api.call("GET", "/api/session")).body).not.toHaveProperty("needsPassword");
    const next = await browser.visit();
    await next.goto(`/devices#token=${stack.adminToken}`);
    await inside(next);
    expect(await next.getByRole("dialog").count()).toBe(0);
  });
});
