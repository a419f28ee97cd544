import { afterAll, beforeAll, expect, it } from "vitest";
import { axeViolations, overflow } from "../support/browser/accessibility.ts";
import { startBrowser, type TestBrowser } from "../support/browser/browser.ts";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { suiteWith } from "../support/suite-with.ts";

suiteWith("chromium", "an administrator with accounts", () => {
  let stack: Stack;
  let browser: TestBrowser;
  beforeAll(async () => {
    stack = await startStack();
    browser = await startBrowser(stack);
  });
  afterAll(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
  });

  it("sees accounts as soon as there is a second account, and moves a device to the second account", async () => {
    await stack.api.register("mover");
    const page = await browser.signIn("/devices/mover");
    await page.getByRole("heading", { name: "mover" }).waitFor();
    const navigation = page.getByRole("navigation", { name: "Main" });
    const actions = page.getByRole("button", { name: "More actions" });
    const move = page.getByRole("menuitem", { name: "Move to another account…" });
    expect(await navigation.getByText("Accounts").count()).toBe(0);
    await actions.click();
    await page.getByRole("menuitem", { name: "Retire…" }).waitFor();
    expect(await move.count()).toBe(0);
    await page.keyboard.press("Escape");

    await page.keyboard.press("Control+k");
    await page.keyboard.type("accounts");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Accounts" }).waitFor();
    await page.getByRole("button", { name: "New account" }).click();
    await page.locator("input[name=id]").fill("no th");
    await page.locator("input[name=name]").fill("North plant");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByText("id must be an account's id").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.locator("input[name=id]").fill("north");
    await page.locator("input[name=devices]").fill("5");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByText("at most 5 devices").waitFor();
    await navigation.getByText("Accounts").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);

    await page.goto("/devices/mover");
    await actions.click();
    await move.click();
    await page.getByText("stays: the new account sees nothing from before", { exact: false }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "Move device" }).click();
    await eventually(async () => expect((await stack.api.device("mover")).account).toBe("north"));
    await page.goto("/devices?account=north");
    await page.getByRole("link", { name: "mover" }).waitFor();
    await page.goto("/devices?account=main");
    await eventually(async () => expect(await page.getByRole("link", { name: "mover" }).count()).toBe(0));
    await page.goto("/devices/mover");
    await page.getByText("Moved from account main to north").first().waitFor();
  });

  it("chooses the account of a new device and of a new type", async () => {
    const page = await browser.signIn("/register", { width: 400 });
    const account = page.getByLabel("Account");
    await account.waitFor();
    expect(await account.inputValue()).toBe("main");
    await page.getByLabel("Id", { exact: true }).fill("northern");
    await account.selectOption("north");
    expect(await axeViolations(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    await page.getByRole("button", { name: "Register device" }).click();
    await eventually(async () => expect((await stack.api.device("northern")).account).toBe("north"));

    await page.goto("/device-types");
    await page.getByRole("button", { name: "New type" }).click();
    const dialog = page.locator("fl-type-dialog");
    await dialog.getByLabel("Name", { exact: true }).fill("turbine");
    await dialog.getByLabel("Account").selectOption("north");
    expect(await axeViolations(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByText("account north").waitFor();
    expect((await stack.api.call("GET", "/api/device-types/turbine?account=north")).status).toBe(200);
    expect(await overflow(page)).toBe(0);
  });
});
