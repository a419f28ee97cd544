import { CATEGORIES, CATEGORY_OF, subjectOf } from "@fleetlog/domain";
import { describe, expect, it } from "vitest";
import { subjectMatches } from "./filter.ts";
import { declareStreams } from "./streams.ts";

const limits = { maxBytes: 1_000, replicas: 1 };

describe("the streams", () => {
  it("store every category, each in exactly one stream", () => {
    const streams = declareStreams({ FLEET: limits, TELEMETRY: limits, ACCESS: limits, DELIVERY: limits });
    for (const category of CATEGORIES) {
      const subject = subjectOf(category, "a.b");
      const taking = streams.filter(({ subjects }) => subjects.some((pattern) => subjectMatches(pattern, subject)));
      expect(
        taking.map(({ name }) => name),
        category,
      ).toHaveLength(1);
    }
  });

  it("store every event type", () => {
    const subjects = declareStreams({ FLEET: limits, TELEMETRY: limits, ACCESS: limits, DELIVERY: limits }).flatMap(
      (stream) => stream.subjects,
    );
    for (const category of Object.values(CATEGORY_OF)) expect(subjects).toContain(`fleet.${category}.*`);
  });

  it("are required, except ACCESS and DELIVERY", () => {
    const streams = declareStreams({ FLEET: limits, TELEMETRY: limits, ACCESS: limits, DELIVERY: limits });
    expect(streams.filter(({ optional }) => optional).map(({ name }) => name)).toEqual(["ACCESS", "DELIVERY"]);
    expect(declareStreams({ FLEET: limits, TELEMETRY: limits }).map(({ name }) => name)).toEqual([
      "FLEET",
      "TELEMETRY",
    ]);
  });

  it("never drop events of FLEET", () => {
    const streams = declareStreams({ FLEET: limits, TELEMETRY: limits, ACCESS: limits, DELIVERY: limits });
    expect(streams.map(({ name, whenFull }) => [name, whenFull])).toEqual([
      ["FLEET", "refuse-new"],
      ["TELEMETRY", "drop-oldest"],
      ["ACCESS", "drop-oldest"],
      ["DELIVERY", "drop-oldest"],
    ]);
  });
});
