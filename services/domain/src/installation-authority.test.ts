import { expect, it } from "vitest";
import { fold } from "./decider.ts";
import { history } from "./fixtures/record.ts";
import { type InstallationAuthorityEvent, installationAuthorityDecider } from "./installation-authority.ts";

const old = { subject: "CN=Old", fingerprint: "aa", notAfter: "2036-01-01T00:00:00.000Z" };
const next = { subject: "CN=New", fingerprint: "bb", notAfter: "2037-01-01T00:00:00.000Z" };
const replacement = { ...next, replaces: "aa", by: "system" };
const replaced: InstallationAuthorityEvent = { type: "InstallationAuthorityReplaced", data: replacement };
const withdrawn: InstallationAuthorityEvent = {
  type: "InstallationAuthorityWithdrawn",
  data: { ...old, by: "system" },
};
const after = (...events: InstallationAuthorityEvent[]) => fold(installationAuthorityDecider, history(...events));
const { decide, initial } = installationAuthorityDecider;

it("each change is recorded once, whichever gateway sees it first", () => {
  const replace = { type: "ReplaceInstallationAuthority", ...replacement } as const;
  const withdraw = { type: "WithdrawInstallationAuthority", ...old, by: "system" } as const;
  expect(decide(replace, initial)).toEqual([replaced]);
  expect(decide(replace, after(replaced))).toEqual([]);
  expect(decide(withdraw, after(replaced))).toEqual([withdrawn]);
  expect(decide(withdraw, after(replaced, withdrawn))).toEqual([]);
});

it("a renewal of the intermediate is recorded as a renewal", () => {
  const { by, ...data } = replacement;
  expect(decide({ type: "RenewInstallationAuthority", ...data, by }, initial)).toEqual([
    { type: "InstallationAuthorityRenewed", data: replacement },
  ]);
});
