// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Dialog } from "../../components/dialogs/dialog.ts";
import { one, settled, textOf, unmountAll } from "../../testing/dom.ts";
import { stubGateway } from "../../testing/gateway.ts";
import { showGroupDialog } from "./group-dialog.ts";

beforeEach(() => {
  const { fetch } = stubGateway((method) =>
    method === "POST" ? { status: 201, body: { id: "g1", token: "g1.SECRET" } } : { body: { items: [], next: null } },
  );
  vi.stubGlobal("fetch", fetch);
});
afterEach(() => {
  unmountAll();
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

async function createdWith(proof: "secret" | "derived"): Promise<string> {
  void showGroupDialog();
  const dialog = one(document.body, "fl-enrolment-group-dialog") as HTMLElement & Dialog;
  await settled(dialog);
  one<HTMLInputElement>(dialog, "#name").value = "Meters";
  one<HTMLInputElement>(dialog, "#quota").value = "100";
  one<HTMLSelectElement>(dialog, "#proof").value = proof;
  one(dialog, "button", "Create group").click();
  await vi.waitFor(() => expect(textOf(dialog)).toContain("This secret is shown only once."));
  return textOf(dialog);
}

it("the dialog says that a device may show the secret or the derived key", async () => {
  expect(await createdWith("secret")).toContain(
    "Its password is the secret, or the key that is derived from the secret and its id.",
  );
});

it("the dialog says that a group for derived keys refuses the secret itself", async () => {
  const text = await createdWith("derived");
  expect(text).toContain("Its password is the key that is derived from the secret and its id.");
  expect(text).toContain("The secret itself is refused.");
});
