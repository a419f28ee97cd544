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
const part: Principal = { kind: "part", name: "command-deadlines" };

const OPEN: readonly Action[] = ["session.begin", "session.end", "health.read", "api.describe", "pages.read"];
const OF_DEVICES: readonly Action[] = [
  "telemetry.report",
  "profile.report",
  "event.report",
  "command.receive",
  "command.answer",
];
const LOOKS: readonly Action[] = ["device.read", "command.read", "system.read", "session.read"];
const ACTS: readonly Action[] = [
  "device.register",
  "device.change",
  "device.retire",
  "device.rotate-token",
  "command.issue",
  "command.cancel",
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
  it("is asked about every action there is", () => {
    expect([...OPEN, ...OF_DEVICES, ...LOOKS, ...ACTS].sort()).toEqual([...ACTIONS].sort());
  });

  it.each<[string, Principal, Record<string, string>]>([
    [
      "nobody that is known",
      ANONYMOUS,
      { ...all(OPEN, "yes"), ...all([...OF_DEVICES, ...LOOKS, ...ACTS], "unauthenticated") },
    ],
    ["a device", pump, { ...all([...OPEN, ...OF_DEVICES], "yes"), ...all([...LOOKS, ...ACTS], "forbidden") }],
    [
      "a viewer",
      person("viewer"),
      { ...all([...OPEN, ...LOOKS], "yes"), ...all([...OF_DEVICES, ...ACTS], "forbidden") },
    ],
    [
      "an operator",
      person("operator"),
      { ...all([...OPEN, ...LOOKS, ...ACTS], "yes"), ...all(OF_DEVICES, "forbidden") },
    ],
    [
      "an administrator",
      person("admin"),
      { ...all([...OPEN, ...LOOKS, ...ACTS], "yes"), ...all(OF_DEVICES, "forbidden") },
    ],
    ["a part of Fleetlog", part, all(ACTIONS, "yes")],
  ])("gives %s what is theirs", (_, principal, expected) => {
    expect(of(principal)).toEqual(expected);
  });

  it("lets a device name only itself", () => {
    expect(verdict(pump, "telemetry.report", { kind: "device", id: "pump-1" })).toBe("yes");
    expect(verdict(pump, "telemetry.report", { kind: "device", id: "pump-2" })).toBe("device-unknown");
  });

  it("answers for a device out of scope as for one that does not exist", () => {
    const limited = person("operator", { tags: ["roof"] });
    const device = { kind: "device", id: "pump-1" } as const;
    expect(verdict(limited, "device.read", { ...device, tags: ["roof", "pump"] })).toBe("yes");
    expect(verdict(limited, "device.read", { ...device, tags: ["cellar"] })).toBe("device-unknown");
    expect(verdict(limited, "command.issue", device)).toBe("device-unknown");
    const inAccount = person("admin", { accounts: ["north"] });
    expect(verdict(inAccount, "device.read", { ...device, account: "north" })).toBe("yes");
    expect(verdict(inAccount, "device.read", { ...device, account: "south" })).toBe("device-unknown");
  });

  it("tells a limited person first that the role may not", () => {
    expect(verdict(person("viewer", { tags: ["roof"] }), "command.issue", { kind: "device", id: "pump-1" })).toBe(
      "forbidden",
    );
  });
});

describe("scopeOf", () => {
  it("is everything for who is not limited, and the limit for who is", () => {
    expect(scopeOf(person("viewer"), "device.read")).toEqual({});
    expect(scopeOf(part, "device.read")).toEqual({});
    expect(scopeOf(person("viewer", { tags: ["roof"] }), "device.read")).toEqual({ tags: ["roof"] });
  });

  it("refuses who may not do it at all", () => {
    expect(() => scopeOf(ANONYMOUS, "device.read")).toThrow(FleetError);
    expect(() => scopeOf(pump, "command.read")).toThrow(/may not/);
  });
});

describe("actionsOf", () => {
  it("is all that the principal may do, one set for all who may do the same", () => {
    expect([...actionsOf(pump)].sort()).toEqual([...OPEN, ...OF_DEVICES].sort());
    expect(actionsOf({ kind: "device", id: "pump-2" })).toBe(actionsOf(pump));
    expect([...actionsOf(person("viewer"))].sort()).toEqual([...OPEN, ...LOOKS].sort());
    expect([...actionsOf(ANONYMOUS)].sort()).toEqual([...OPEN].sort());
  });
});
