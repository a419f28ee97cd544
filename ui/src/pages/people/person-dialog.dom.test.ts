// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Dialog } from "../../components/dialogs/dialog.ts";
import { all, one, settled, textOf, unmountAll } from "../../testing/dom.ts";
import { stubGateway } from "../../testing/gateway.ts";
import { showLink } from "./link.ts";
import { showPersonDialog } from "./person-dialog.ts";

let invited: unknown[];
beforeEach(() => {
  invited = [];
  const { fetch } = stubGateway((_method, _url, body) => {
    invited.push(body);
    return { status: 201, body: { id: "p1" } };
  });
  vi.stubGlobal("fetch", fetch);
});
afterEach(() => {
  unmountAll();
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

const shown = async (name: string) => {
  const element = one(document.body, name) as HTMLElement & Dialog;
  await settled(element);
  return element;
};

it("the invitation questions an address that no mail may reach, and is sent when the button is pressed again", async () => {
  const saved = showPersonDialog(undefined, true);
  const dialog = await shown("fl-person-dialog");
  one<HTMLInputElement>(dialog, "[name=email]").value = "carol@example";
  one(dialog, "button", "Invite").click();
  await settled(dialog);
  expect(textOf(one(dialog, "label .fault"))).toMatch(/^Is it complete, such as carol@example\.org\?/);
  expect(invited).toEqual([]);
  one(dialog, "button", "Invite").click();
  expect(await saved).toEqual({ id: "p1" });
  expect(invited).toMatchObject([{ email: "carol@example" }]);
});

it("the one-time link has the focus on Copy, and says until when it is valid with the zone", async () => {
  const expiresAt = "2026-01-31T12:00:00.000Z";
  const closed = showLink({ link: "https://fleet.example/reset#code=X", expiresAt } as never, "ada@example.org", "It.");
  const dialog = await shown("fl-person-link-dialog");
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  expect(all(dialog, "fl-copy")).toHaveLength(1);
  expect(dialog.shadowRoot?.activeElement?.localName).toBe("fl-copy");
  const parts = new Intl.DateTimeFormat(undefined, { timeZoneName: "short" }).formatToParts(new Date(expiresAt));
  expect(textOf(one(dialog, "p"))).toContain(parts.find(({ type }) => type === "timeZoneName")?.value);
  one(dialog, "button", "Done").click();
  await closed;
});
