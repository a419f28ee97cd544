// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { mount, one, settled, textOf, type, unmountAll } from "../../testing/dom.ts";
import { SignInForm } from "./sign-in-form.ts";

const requests: string[] = [];
beforeEach(() => {
  requests.length = 0;
  localStorage.clear();
  vi.stubGlobal("fetch", async (path: string, { method = "GET" }: RequestInit = {}) => {
    requests.push(`${method} ${path}`);
    return new Response(JSON.stringify({ openId: false, passkeys: false }));
  });
});
afterEach(() => {
  unmountAll();
  vi.unstubAllGlobals();
});

async function send(form: SignInForm): Promise<string> {
  one(form, "form").dispatchEvent(new SubmitEvent("submit", { cancelable: true }));
  await settled(form);
  return textOf(one(form, "[role=alert]"));
}

it("the form says what is missing, and sends nothing", async () => {
  const form = await mount(new SignInForm());
  expect(await send(form)).toBe("Enter a token.");
  one(form, "button", "Sign in with email and password").click();
  await settled(form);
  expect(textOf(one(form, "[role=alert]"))).toBe("");
  type(one<HTMLInputElement>(form, "#email"), "ann@example.org");
  expect(await send(form)).toBe("Enter your email address and your password.");
  expect(requests.filter((one) => one.startsWith("POST"))).toEqual([]);
});
