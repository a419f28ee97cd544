import { describe, expect, it } from "vitest";
import { capabilitiesOf } from "./capabilities.ts";

function abilities(version: string, apiLevel: number): readonly string[] {
  return Object.entries(capabilitiesOf(version, apiLevel)).flatMap(([name, can]) => (can === true ? [name] : []));
}

describe("capabilitiesOf", () => {
  const in210 = ["usable", "cheapWildcards", "compression"];

  it.each([
    ["2.8.4", 0, []],
    ["2.9.10", 0, ["usable"]],
    ["2.10.22", 0, in210],
    ["2.11.0", 1, [...in210, "multiLast"]],
    ["2.14.6", 4, [...in210, "multiLast"]],
    ["2.15.1", 4, [...in210, "multiLast", "atomicBatches"]],
    ["2.15.0-beta.1", 4, [...in210, "multiLast", "atomicBatches"]],
    ["3.0.0", 5, [...in210, "multiLast", "atomicBatches"]],
  ])("knows what nats-server %s at API level %i can do", (version, level, expected) => {
    expect(abilities(version, level)).toEqual(expected);
  });

  it("lets a newer server in front of an older JetStream do only what JetStream's API level allows", () => {
    expect(abilities("2.15.1", 0)).toEqual(in210);
  });
});
