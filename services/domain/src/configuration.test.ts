import { describe, expect, it } from "vitest";
import {
  type ConfigurationCommand,
  type ConfigurationEvent,
  configurationDecider,
  sourcesOf,
} from "./configuration.ts";
import { fold } from "./decider.ts";
import { history } from "./fixtures/record.ts";
import { faultsOfRedelivery } from "./fixtures/redelivery.ts";

const device = "a";
const defaults = [
  { from: "type:pump", values: { interval: 60, limits: { rpm: 900, celsius: 70 } } },
  { from: "group:roof", values: { interval: 30 } },
];

function resultOf(...commands: ConfigurationCommand[]) {
  const events: ConfigurationEvent[] = [];
  for (const command of commands)
    events.push(...configurationDecider.decide(command, fold(configurationDecider, history(...events))));
  return { events, state: fold(configurationDecider, history(...events)) };
}
const set = (own: Readonly<Record<string, unknown>>, layers = defaults): ConfigurationCommand => ({
  type: "SetConfiguration",
  device,
  own,
  defaults: layers,
  by: "op",
});

describe("a device's configuration", () => {
  it("merges defaults in order, then its own values, where null removes a default", () => {
    const { state } = resultOf(set({ limits: { rpm: null } }));
    expect(state).toMatchObject({ revision: 1, values: { interval: 30, limits: { celsius: 70 } }, setBy: "op" });
    expect(sourcesOf(state)).toEqual({ "/interval": "group:roof", "/limits/celsius": "type:pump" });
  });

  it("counts revisions, and records nothing for the same values and defaults", () => {
    const { events, state } = resultOf(set({ a: 1 }), set({ a: 1 }), set({}), set({}));
    expect(events.map(({ data }) => data.revision)).toEqual([1, 2]);
    expect(state.own).toEqual({});
  });

  it("records nothing for empty values and defaults before the first revision", () => {
    expect(resultOf(set({}, [])).events).toEqual([]);
  });

  it("keeps its own values when defaults change", () => {
    const revise: ConfigurationCommand = { type: "SetConfiguration", device, defaults: [], by: "system", reason: "x" };
    const { state } = resultOf(set({ interval: 5 }), revise, revise);
    expect(state).toMatchObject({ revision: 2, own: { interval: 5 }, values: { interval: 5 }, reason: "x" });
  });

  it("records a report about a desired revision once", () => {
    const report = { type: "ReportConfiguration", device, revision: 1, state: "applied" } as const;
    const { events, state } = resultOf(set({ a: 1 }), report, report);
    expect(events).toHaveLength(2);
    expect(state.reported).toMatchObject({ revision: 1, state: "applied" });
    const refused = { ...report, state: "refused", error: { message: "no" } } as const;
    expect(resultOf(set({ a: 1 }), report, refused).state.reported).toMatchObject({ state: "refused" });
  });

  it("refuses a report about a revision that was never desired", () => {
    expect(() => resultOf(set({}), { type: "ReportConfiguration", device, revision: 2, state: "applied" })).toThrow(
      expect.objectContaining({ code: "invalid-request", field: "revision" }),
    );
  });

  it("ignores redelivered events", () => {
    const { events } = resultOf(
      set({ a: 1 }),
      { type: "ReportConfiguration", device, revision: 1, state: "applied" },
      set({}),
    );
    expect(faultsOfRedelivery(configurationDecider, history(...events))).toEqual([]);
  });
});
