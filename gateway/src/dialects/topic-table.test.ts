import { describe, expect, it } from "vitest";
import { TopicTable } from "./topic-table.ts";

const table = (...topics: string[]) =>
  new TopicTable(topics.map((topic) => ({ topic, action: "event.report" as const })));
const names = { clientId: "c1", account: "acme" };

describe("TopicTable", () => {
  it.each([
    ["me/telemetry", "me/telemetry"],
    ["me/event/+", "me/event/door"],
    ["server/{clientId}/+", "server/c1/get_gpio"],
    ["/tpedm/{clientId}/output", "/tpedm/c1/output"],
    ["{account}/{clientId}/#", "acme/c1/app/a/b"],
    ["$EDC/{account}/+/+/REPLY/+", "$EDC/acme/r/CONF-V1/REPLY/7"],
  ])("finds %s for the topic %s", (definition, topic) => {
    expect(table("other", definition).find(topic, names)?.topic).toBe(definition);
  });

  it.each([
    ["me/telemetry", "me/telemetry/"],
    ["me/telemetry", "/me/telemetry"],
    ["me/event/+", "me/event/"],
    ["me/event/+", "me/event/a/b"],
    ["server/{clientId}/+", "server/c2/get_gpio"],
    ["server/{clientId}/+", "server/{clientId}/get_gpio"],
    ["server/{unknown}/+", "server/undefined/get_gpio"],
    ["{account}/{clientId}/#", "acme/c1"],
  ])("does not find %s for the topic %s", (definition, topic) => {
    expect(table(definition).find(topic, names)).toBeUndefined();
  });

  it("finds a name of several levels, and only that", () => {
    const find = (topic: string, clientId: string) => table("/tpedm/{clientId}/input").find(topic, { clientId });
    for (const clientId of ["a/b", "/a", "a/", "a//b"])
      expect(find(`/tpedm/${clientId}/input`, clientId)).toBeDefined();
    for (const [topic, clientId] of [
      ["/tpedm/a/b/input", "a"],
      ["/tpedm/a/input", "a/b"],
      ["/tpedm/a/c/input", "a/b"],
      ["/tpedm/a/+/input", "a/b"],
      ["/tpedm/a/b/c/input", "a/b"],
      ["/tpedm/a/b", "a/b"],
    ] as const)
      expect(find(topic, clientId), topic).toBeUndefined();
  });

  it("finds the exact topic first, and then the first pattern that matches", () => {
    expect(table("a/+", "a/#").find("a/b")?.topic).toBe("a/+");
    expect(table("a/#", "a/b").find("a/b")?.topic).toBe("a/b");
  });

  it.each([
    ["me/#", ["me/#", "me/+/+", "me/command/+", "me/"], ["me", "#", "+/command/+", "d2/#", "", "$SYS/#"]],
    ["{clientId}/#", ["c1/#", "c1/+"], ["+/#", "c2/#"]],
    ["me/command/+", ["me/command/+", "me/command/x"], ["me/command/#", "me/+/+", "me/#"]],
    ["/tpedm/{clientId}/input", ["/tpedm/c1/input"], ["/tpedm/+/input", "/tpedm/c1/#"]],
  ])("finds %s for the filters %j, and not for wider or other filters", (definition, granted, refused) => {
    const grants = (filter: string) => table(definition).find(filter, names) !== undefined;
    expect(granted.filter(grants)).toEqual(granted);
    expect(refused.filter(grants)).toEqual([]);
  });
});
