import { describe, expect, it } from "vitest";
import { type CustomerAuthorityEvent, customerAuthorityDecider } from "./customer-authority.ts";
import { fold } from "./decider.ts";
import { history } from "./fixtures/record.ts";

const data = {
  authority: "a1",
  name: "Plant",
  account: "north",
  group: "roof",
  subject: "CN=Plant CA",
  fingerprint: "f1",
  notAfter: "2036-01-01T00:00:00.000Z",
  by: "ann",
};
const added: CustomerAuthorityEvent = { type: "AuthorityAdded", data };
const state = fold(customerAuthorityDecider, history(added));
const add = (more: { readonly name?: string; readonly group?: string; readonly account?: string }) =>
  customerAuthorityDecider.decide({ type: "AddAuthority", ...data, ...more }, state);

describe("adding an authority again", () => {
  it("records nothing if nothing differs", () => {
    expect(add({})).toEqual([]);
  });

  it("is recorded with the new name or group if one differs", () => {
    for (const more of [{ group: "cellar" }, { name: "Plant 2" }]) {
      const again = add(more);
      expect(again).toEqual([{ type: "AuthorityAdded", data: { ...data, ...more } }]);
      expect(fold(customerAuthorityDecider, history(added, ...again))).toMatchObject({ status: "valid", ...more });
    }
    const { group: _, ...whole } = data;
    expect(customerAuthorityDecider.decide({ type: "AddAuthority", ...whole }, state)).toHaveLength(1);
  });

  it("is refused in another account", () => {
    expect(() => add({ account: "south" })).toThrow(expect.objectContaining({ code: "authority-exists" }));
  });
});
