import { AGGREGATES, subjectOf } from "@fleetlog/domain";
import { describe, expect, it } from "vitest";
import { decodeEvent } from "./decode.ts";

const decode = (event: object, subject = "fleet.command.a") => {
  const required = { specversion: "1.0", id: "1", source: "/reactors/a", time: "2026-01-01T00:00:00Z", data: {} };
  return decodeEvent(JSON.stringify({ ...required, subject, ...event }), subject, 7, "FLEET");
};

describe("decodeEvent", () => {
  it("returns an event of each type, with its sequence, if it is stored in the category of its type", () => {
    const types = AGGREGATES.flatMap((types) => Object.entries(types));
    for (const [type, category] of types)
      expect(decode({ type }, subjectOf(category, "a"))).toMatchObject({ type, seq: 7, stream: "FLEET" });
  });

  it("rejects an event whose type belongs to another category, because a role may append only to its categories", () => {
    expect(decode({ type: "DeviceRetired" })).toBeUndefined();
    expect(decode({ type: "PersonRoleChanged" })).toBeUndefined();
    expect(decode({ type: "CommandExpired" }, "fleet.commands.a")).toBeUndefined();
  });

  it("returns an event of an unknown type in any category, but not under a subject that does not begin with `fleet.`", () => {
    expect(decode({ type: "CommandSuspended" })).toBeDefined();
    expect(decode({ type: "constructor" })).toBeDefined();
    expect(decode({ type: "CommandSuspended" }, "$KV.marks.a")).toBeUndefined();
  });

  it("rejects an event that names another subject, or lacks an attribute", () => {
    expect(decode({ type: "CommandExpired", subject: "fleet.command.b" })).toBeUndefined();
    for (const attribute of ["specversion", "id", "type", "source", "time", "data"])
      expect(decode({ type: "CommandExpired", [attribute]: undefined })).toBeUndefined();
  });
});
