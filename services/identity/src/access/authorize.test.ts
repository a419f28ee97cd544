import { ACTIONS, type Action, ANONYMOUS, FleetError, type Principal, type ROLES } from "@fleetlog/domain";
import { describe, expect, it } from "vitest";
import { actionsOf, authorize, scopeOf } from "./authorize.ts";

const person = (role: (typeof ROLES)[number], scope?: { tags?: string[]; accounts?: string[] }): Principal => ({
  kind: "person",
  id: "ada",
  name: "Ada",
  role,
  ...(scope !== undefined && { scope }),
});
const pump: Principal = { kind: "device", id: "pump-1" };
const newcomer: Principal = { kind: "provisioning", id: "request-1" };
const part: Principal = { kind: "part", name: "command-deadlines" };

const PUBLIC: readonly Action[] = [
  "session.begin",
  "session.end",
  "health.read",
  "api.describe",
  "pages.read",
  "artifact.download",
  "authority.read",
];
const OF_DEVICES: readonly Action[] = [
  "telemetry.report",
  "profile.report",
  "event.report",
  "command.receive",
  "command.progress",
  "command.answer",
  "configuration.receive",
  "configuration.report",
  "message.send",
  "certificate.renew",
];
const OF_PROVISIONING: readonly Action[] = ["provision.ask", "provision.progress", "provision.receive"];
const OF_CLIENTS: readonly Action[] = [...OF_DEVICES, ...OF_PROVISIONING];
const READS: readonly Action[] = [
  "scan.read",
  "update.read",
  "device.read",
  "certificate.read",
  "command.read",
  "device-type.read",
  "group.read",
  "artifact.read",
  "provision-request.read",
  "enrolment-group.read",
  "claim-code.read",
  "system.read",
  "session.read",
  "session.change",
  "api-key.read",
  "api-key.manage",
];
const WRITES: readonly Action[] = [
  "device.register",
  "device.change",
  "device.retire",
  "device.rotate-token",
  "device.change-login",
  "waiting.read",
  "waiting.admit",
  "certificate.issue",
  "certificate.revoke",
  "command.issue",
  "command.cancel",
  "configuration.set",
  "device-type.change",
  "group.change",
  "channel.read",
  "catalogue.read",
  "scan.start",
  "artifact.store",
  "artifact.delete",
  "import.read",
  "import.create",
  "provision-request.create",
  "provision-request.change",
  "enrolment-group.create",
  "enrolment-group.change",
  "claim-code.create",
  "claim-code.change",
  "claim.create",
];
/** All roles but `viewer` may do these. */
const HISTORY: readonly Action[] = ["history.read"];
const REVIEW: readonly Action[] = ["audit.read"];
const OWNERSHIP: readonly Action[] = [
  "account.read",
  "person.read",
  "person.manage",
  "customer-authority.read",
  "customer-authority.manage",
  "channel.change",
  "catalogue.change",
  "channel.test",
];
const ADMINISTRATION: readonly Action[] = [
  ...[...HISTORY, ...REVIEW, ...OWNERSHIP],
  ...(["device.move", "account.manage", "authority.list", "authority.change"] as const),
];

function verdict(principal: Principal, action: Action, resource: Parameters<typeof authorize>[2]): string {
  try {
    authorize(principal, action, resource);
    return "yes";
  } catch (error) {
    if (error instanceof FleetError) return error.code;
    throw error;
  }
}
const of = (principal: Principal) =>
  Object.fromEntries(ACTIONS.map((action) => [action, verdict(principal, action, { kind: "fleet" })]));
const all = (actions: readonly Action[], verdict: string) => Object.fromEntries(actions.map((each) => [each, verdict]));

describe("authorize", () => {
  it("has a test for every action", () => {
    expect([...PUBLIC, ...OF_CLIENTS, ...READS, ...WRITES, ...ADMINISTRATION].sort()).toEqual([...ACTIONS].sort());
  });

  it.each<[string, Principal, Record<string, string>]>([
    [
      "an anonymous principal",
      ANONYMOUS,
      { ...all(PUBLIC, "yes"), ...all([...OF_CLIENTS, ...READS, ...WRITES, ...ADMINISTRATION], "unauthenticated") },
    ],
    [
      "a device",
      pump,
      {
        ...all([...PUBLIC, ...OF_DEVICES], "yes"),
        ...all([...OF_PROVISIONING, ...READS, ...WRITES, ...ADMINISTRATION], "forbidden"),
      },
    ],
    [
      "a provisioning device",
      newcomer,
      {
        ...all([...PUBLIC, ...OF_PROVISIONING], "yes"),
        ...all([...OF_DEVICES, ...READS, ...WRITES, ...ADMINISTRATION], "forbidden"),
      },
    ],
    [
      "a viewer",
      person("viewer"),
      { ...all([...PUBLIC, ...READS], "yes"), ...all([...OF_CLIENTS, ...WRITES, ...ADMINISTRATION], "forbidden") },
    ],
    [
      "an analyst",
      person("analyst"),
      {
        ...all([...OF_CLIENTS, ...WRITES, ...ADMINISTRATION], "forbidden"),
        ...all([...PUBLIC, ...READS, ...HISTORY, ...REVIEW], "yes"),
      },
    ],
    [
      "an owner",
      person("owner"),
      {
        ...all([...OF_CLIENTS, ...ADMINISTRATION], "forbidden"),
        ...all([...PUBLIC, ...READS, ...WRITES, ...HISTORY, ...REVIEW, ...OWNERSHIP], "yes"),
      },
    ],
    [
      "an operator",
      person("operator"),
      {
        ...all([...OF_CLIENTS, ...ADMINISTRATION], "forbidden"),
        ...all([...PUBLIC, ...READS, ...WRITES, ...HISTORY], "yes"),
      },
    ],
    [
      "an administrator",
      person("admin"),
      { ...all([...PUBLIC, ...READS, ...WRITES, ...ADMINISTRATION], "yes"), ...all(OF_CLIENTS, "forbidden") },
    ],
    ["a part of Fleetlog", part, all(ACTIONS, "yes")],
  ])("grants %s its own actions", (_, principal, expected) => {
    expect(of(principal)).toEqual(expected);
  });

  it("lets a device act only on itself", () => {
    expect(verdict(pump, "telemetry.report", { kind: "device", id: "pump-1" })).toBe("yes");
    expect(verdict(pump, "telemetry.report", { kind: "device", id: "pump-2" })).toBe("device-unknown");
  });

  it("refuses a device out of scope as if it did not exist", () => {
    const limited = person("operator", { tags: ["roof"] });
    const device = { kind: "device", id: "pump-1" } as const;
    expect(verdict(limited, "device.read", { ...device, tags: ["roof", "pump"] })).toBe("yes");
    expect(verdict(limited, "device.read", { ...device, tags: ["cellar"] })).toBe("device-unknown");
    expect(verdict(limited, "command.issue", device)).toBe("device-unknown");
    const inAccount = person("admin", { accounts: ["north"] });
    expect(verdict(inAccount, "account.manage", { kind: "account", id: "north" })).toBe("yes");
    expect(verdict(inAccount, "account.manage", { kind: "account", id: "south" })).toBe("account-unknown");
    expect(verdict(person("admin"), "account.manage", { kind: "account", id: "south" })).toBe("yes");
    expect(verdict(inAccount, "device.read", { ...device, account: "north" })).toBe("yes");
    expect(verdict(inAccount, "device.read", { ...device, account: "south" })).toBe("device-unknown");
  });

  it("checks a limited person's role before the scope", () => {
    expect(verdict(person("viewer", { tags: ["roof"] }), "command.issue", { kind: "device", id: "pump-1" })).toBe(
      "forbidden",
    );
  });
});

describe("scopeOf", () => {
  it("is empty for an unlimited principal, and the principal's own scope for a limited one", () => {
    expect(scopeOf(person("viewer"), "device.read")).toEqual({});
    expect(scopeOf(part, "device.read")).toEqual({});
    expect(scopeOf(person("viewer", { tags: ["roof"] }), "device.read")).toEqual({ tags: ["roof"] });
  });

  it("refuses principals without the permission", () => {
    expect(() => scopeOf(ANONYMOUS, "device.read")).toThrow(FleetError);
    expect(() => scopeOf(pump, "command.read")).toThrow(/may not/);
  });
});

describe("actionsOf", () => {
  it("has every action that the principal may do; principals with the same rights share one set", () => {
    expect([...actionsOf(pump)].sort()).toEqual([...PUBLIC, ...OF_DEVICES].sort());
    expect(actionsOf({ kind: "device", id: "pump-2" })).toBe(actionsOf(pump));
    expect([...actionsOf(person("viewer"))].sort()).toEqual([...PUBLIC, ...READS].sort());
    expect([...actionsOf(ANONYMOUS)].sort()).toEqual([...PUBLIC].sort());
  });
});
