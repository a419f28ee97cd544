import { describe, expect, it } from "vitest";
import { type AccountCommand, accountDecider } from "./account.ts";
import { fold } from "./decider.ts";
import { history } from "./fixtures/record.ts";
import { faultsOfRedelivery } from "./fixtures/redelivery.ts";

const by = "ada";
const created = { type: "AccountCreated", data: { account: "north", name: "North", by } } as const;
const renamed = { type: "AccountRenamed", data: { account: "north", name: "Plant", by } } as const;
const limited = { type: "AccountLimitsChanged", data: { account: "north", limits: { devices: 5 }, by } } as const;
const north = fold(accountDecider, history(created));

describe("account", () => {
  it.each<[AccountCommand, unknown]>([
    [{ type: "RenameAccount", account: "north", name: "Plant", by }, renamed],
    [{ type: "ChangeAccountLimits", account: "north", limits: { devices: 5 }, by }, limited],
  ])("records %j, and nothing when repeated", (command, event) => {
    expect(accountDecider.decide(command, north)).toEqual([event]);
    expect(accountDecider.decide(command, fold(accountDecider, history(created, renamed, limited)))).toEqual([]);
  });

  it("is created once", () => {
    const command = { type: "CreateAccount", account: "north", name: "North", by } as const;
    expect(accountDecider.decide(command, undefined)).toEqual([created]);
    expect(() => accountDecider.decide(command, north)).toThrow(expect.objectContaining({ code: "account-exists" }));
  });

  it("exists from the start if its id is main, and has to be created otherwise", () => {
    const create = { type: "CreateAccount", account: "main", name: "Main", by } as const;
    expect(() => accountDecider.decide(create, undefined)).toThrow(expect.objectContaining({ code: "account-exists" }));
    const rename = { type: "RenameAccount", account: "main", name: "Ours", by } as const;
    expect(accountDecider.decide(rename, undefined)).toHaveLength(1);
    expect(() => accountDecider.decide({ ...rename, account: "south" }, undefined)).toThrow(
      expect.objectContaining({ code: "account-unknown" }),
    );
    const state = fold(
      accountDecider,
      history({ type: "AccountRenamed", data: { account: "main", name: "Ours", by } }),
    );
    expect(state).toEqual({ id: "main", name: "Ours", limits: {}, seq: 1 });
  });

  it("tolerates redelivery", () => {
    const more = { type: "AccountLimitsChanged", data: { account: "north", limits: {}, by } } as const;
    expect(faultsOfRedelivery(accountDecider, history(created, renamed, limited, more))).toEqual([]);
  });
});
