// @vitest-environment happy-dom
import { afterEach, expect, it, vi } from "vitest";
import { all, mount, one, textOf, unmountAll } from "../../testing/dom.ts";
import { stubGateway } from "../../testing/gateway.ts";
import { InstallationAuthority } from "./installation-authority.ts";

afterEach(() => {
  unmountAll();
  for (const dialog of document.querySelectorAll("fl-confirm")) dialog.remove();
  vi.unstubAllGlobals();
});

const notAfter = "2036-01-31T12:00:00.000Z";
const present = { subject: "CN=New", fingerprint: "a".repeat(64), notAfter, state: "issuing" };
const replaced = { subject: "CN=Old", fingerprint: "b".repeat(64), notAfter, state: "accepted", until: notAfter };
const withdrawn = { ...replaced, subject: "CN=Oldest", state: "withdrawn", withdrawnBy: "ada" };

it("the card withdraws a replaced authority after a confirmation, but neither the present nor a withdrawn one", async () => {
  const gateway = stubGateway((method) =>
    method === "POST" ? { status: 204 } : { body: { items: [present, replaced, withdrawn] } },
  );
  vi.stubGlobal("fetch", gateway.fetch);
  const element = await mount(new InstallationAuthority());
  await vi.waitFor(() => expect(all(element, "li")).toHaveLength(3));
  expect(all(element, "li button").map((button) => button.getAttribute("aria-label"))).toEqual(["Withdraw CN=Old"]);
  expect(all(element, "li").map(textOf)).toEqual([
    expect.stringContaining(present.fingerprint),
    expect.stringContaining("replaced; its certificates still count"),
    expect.stringContaining("withdrawn by ada"),
  ]);
  const act = async (answer: string) => {
    one(element, "li button").click();
    const dialog = await vi.waitFor(() => one(document.body, "fl-confirm"));
    await vi.waitFor(() => one(dialog, "button", answer).click());
    await vi.waitFor(() => expect(document.querySelector("fl-confirm")).toBeNull());
  };
  const list = "GET /api/authority/issuers";
  await act("Cancel");
  expect(gateway.calls).toEqual([list]);
  await act("Withdraw authority");
  await vi.waitFor(() =>
    expect(gateway.calls).toEqual([list, `POST /api/authority/issuers/${replaced.fingerprint}/withdraw`, list]),
  );
});
