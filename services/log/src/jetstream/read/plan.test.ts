import { CATEGORIES, DEVICE_CATEGORIES, streamOf, subjectOf } from "@fleetlog/domain";
import { describe, expect, it } from "vitest";
import { subjectMatches } from "../../filter.ts";
import type { ReadQuery } from "../../log.ts";
import { planRead, planSubscription } from "./plan.ts";

const old = { cheapWildcards: false };
const recent = { cheapWildcards: true };

const ENTITIES = ["a", "b.c"];
const queries: readonly Omit<ReadQuery, "stream">[] = [
  {},
  { category: "event" },
  { entity: "a" },
  { category: "event", entity: "a" },
  { categories: ["event", "command"] },
  { categories: ["event"] },
  { categories: [] },
  { entity: "a", categories: DEVICE_CATEGORIES },
  { entity: "b.c", categories: ["event"] },
  { entity: "a", categories: [] },
];

describe("a plan for reading", () => {
  for (const [age, server] of Object.entries({ old, recent })) {
    it.each(queries)(`on an ${age} server matches exactly the subjects of the query %j, each once`, (query) => {
      const { category, categories = category && [category], entity } = query;
      const filters = planRead(server, { stream: "FLEET", ...query });
      for (const kept of CATEGORIES.filter((one) => streamOf(one) === "FLEET")) {
        for (const name of ENTITIES) {
          const subject = subjectOf(kept, name);
          const through = filters.filter(
            ({ filter, matches }) =>
              (filter === undefined || subjectMatches(filter, subject)) && (matches?.(subject) ?? true),
          );
          const asked = (categories?.includes(kept) ?? true) && (entity === undefined || entity === name);
          expect(through, subject).toHaveLength(asked ? 1 : 0);
        }
      }
    });
  }

  it("is refused for a category that another stream stores", () => {
    expect(() => planRead(old, { stream: "FLEET", category: "telemetry" })).toThrow(/TELEMETRY/);
  });

  it("reads a device with one consumer if wildcards are cheap, else with one consumer for each category", () => {
    const query = { stream: "FLEET", entity: "a", categories: DEVICE_CATEGORIES } as const;
    expect(planRead(recent, query).map(({ filter }) => filter)).toEqual(["fleet.*.a"]);
    const subjects = DEVICE_CATEGORIES.filter((one) => one !== "telemetry").map((one) => `fleet.${one}.a`);
    expect(planRead(old, query).map(({ filter }) => filter)).toEqual(subjects);
    for (const server of [old, recent]) {
      const telemetry = planRead(server, { ...query, stream: "TELEMETRY" });
      expect(telemetry).toEqual([{ filter: "fleet.telemetry.a", matches: undefined }]);
    }
  });
});

describe("a plan for a subscription", () => {
  it.each([{ category: "provisioning" }, { entity: "a" }] as const)(
    "has no wildcard on a server before 2.10: %j",
    (filter) => {
      const { filter: subject, matches } = planSubscription(old, "FLEET", filter);
      expect(subject).toBeUndefined();
      expect(matches?.("fleet.provisioning.a")).toBe(true);
      expect(matches?.("fleet.event.b")).toBe(false);
    },
  );

  it("is one subject if category and entity are given", () => {
    const filter = { category: "event", entity: "a" } as const;
    for (const server of [old, recent])
      expect(planSubscription(server, "FLEET", filter)).toEqual({ filter: "fleet.event.a", matches: undefined });
  });
});
