import { beforeEach, describe, expect, it } from "vitest";
import { answer } from "../../fixtures/asking.ts";
import { FleetHistory } from "../../fixtures/fleet.ts";
import { History } from "../../fixtures/history.ts";
import { Reader } from "../../select/reader.ts";
import { ViewStore } from "../../store/store.ts";
import { FLEET_PROJECTIONS } from "../index.ts";
import { summarize } from "./summary.ts";

let history: History;
let views: ViewStore;
beforeEach(() => {
  history = new History();
  views = new ViewStore({ path: ":memory:", projections: FLEET_PROJECTIONS });
});

const NOW = Date.parse("2026-01-01T01:00:00Z");
const DAY_MS = 86_400_000;

function built(): ViewStore {
  views.apply(history.events.splice(0), history.seq);
  views.commit();
  return views;
}

describe("devices.summary", () => {
  it("counts an empty fleet", () => {
    expect(summarize(new Reader(built()), NOW)).toEqual({
      total: 0,
      byStatus: { connected: 0, disconnected: 0, "never-connected": 0, retired: 0 },
      tags: [],
      models: [],
      firmwares: [],
      openCommands: 0,
      failedCommandsToday: 0,
      failedCommandsLastHour: 0,
      disconnectedForDay: 0,
      gatewayEnds: [],
    });
  });

  it("counts, for each gateway's end, the devices that lost their session and have not connected since", () => {
    for (const id of ["a", "b", "c", "d"]) history.register(id);
    history.gateway("GatewayStarted", "g1", "i1");
    history.gateway("GatewayStarted", "g2", "i1");
    for (const id of ["a", "b"]) history.open(id);
    history.open("c", "g2");
    summarize(new Reader(built()), NOW);
    const lost = history.gateway("GatewayLost", "g1", "i1").time;
    expect(summarize(new Reader(built()), NOW).gatewayEnds).toEqual([
      { gateway: "g1", how: "lost", at: lost, devices: 2 },
    ]);
    const anew = history.gateway("GatewayStarted", "g2", "i2").time;
    history.open("a", "g2", "i2");
    const left = [
      { gateway: "g2", how: "restarted", at: anew, devices: 1 },
      { gateway: "g1", how: "lost", at: lost, devices: 1 },
    ];
    expect(summarize(new Reader(built()), NOW)).toMatchObject({ gatewayEnds: left, disconnectedForDay: 0 });
    expect(summarize(new Reader(built()), NOW + 2 * DAY_MS)).toMatchObject({ gatewayEnds: [], disconnectedForDay: 2 });
    history.retire("c");
    history.open("b", "g2", "i2");
    const stopped = history.gateway("GatewayStopped", "g2", "i2").time;
    expect(summarize(new Reader(built()), NOW).gatewayEnds).toEqual([
      { gateway: "g2", how: "stopped", at: stopped, devices: 2 },
    ]);
  });

  it("keeps its counts correct after the first query", () => {
    history.register("a", { tags: ["roof", "big"] });
    history.register("b", { tags: ["roof"] });
    history.register("c");
    history.profile("a", { model: "XT", firmware: "1" });
    history.profile("b", { model: "XT", firmware: "2" });
    expect(summarize(new Reader(built()), NOW)).toMatchObject({
      total: 3,
      byStatus: { "never-connected": 3 },
      tags: [
        { value: "roof", count: 2 },
        { value: "big", count: 1 },
      ],
      models: [{ value: "XT", count: 2 }],
      firmwares: [
        { value: "1", count: 1 },
        { value: "2", count: 1 },
      ],
    });
    history.profile("a", { model: "XT", firmware: "2" });
    history.open("b");
    history.retire("c");
    history.open("a");
    history.close("a", history.seq);
    expect(summarize(new Reader(built()), NOW)).toMatchObject({
      total: 2,
      byStatus: { connected: 1, disconnected: 1, "never-connected": 0, retired: 1 },
      firmwares: [{ value: "2", count: 2 }],
    });
    history.retire("a");
    expect(summarize(new Reader(built()), NOW)).toMatchObject({ total: 1, tags: [{ value: "roof", count: 1 }] });
  });

  it("counts open commands, and commands that failed in the last day", () => {
    history.register("a");
    for (const id of ["c1", "c2", "c3"]) history.issue("a", id);
    history.deliver("a", "c1", 1);
    history.fail("a", "c1", 1, { code: "no", message: "no" });
    expect(summarize(new Reader(built()), NOW)).toMatchObject({
      openCommands: 2,
      failedCommandsToday: 1,
      failedCommandsLastHour: 1,
    });
    expect(summarize(new Reader(views), NOW + 3_600_000)).toMatchObject({
      failedCommandsToday: 1,
      failedCommandsLastHour: 0,
    });
    expect(summarize(new Reader(views), NOW + DAY_MS)).toMatchObject({ openCommands: 2, failedCommandsToday: 0 });
  });

  it("counts the devices disconnected for a day to the millisecond, as the list does", () => {
    const gone: string[] = [];
    for (let i = 0; i < 50; i++) {
      history.register(`d${i}`);
      history.seq += 300;
      const { seq } = history.open(`d${i}`);
      gone.push(history.close(`d${i}`, seq).time);
    }
    built();
    for (const [index, time] of gone.entries()) {
      const now = Date.parse(time) + DAY_MS;
      expect(summarize(new Reader(views), now).disconnectedForDay).toBe(index + 1);
      expect(summarize(new Reader(views), now - 1).disconnectedForDay).toBe(index);
      const asked = { status: "disconnected", notSeenSince: new Date(now - DAY_MS + 1).toISOString() } as const;
      expect(answer("devices.list", views, asked).total).toBe(index + 1);
    }
  });

  it("has the same counts as the rows after random events", () => {
    const fleet = new FleetHistory(200, 3);
    const take = (events: ReturnType<FleetHistory["next"]>) => {
      views.apply(events, events.at(-1)?.seq ?? 0);
      views.commit();
    };
    take(fleet.registrations());
    summarize(new Reader(views), NOW);
    for (let i = 0; i < 10; i++) {
      take(fleet.next(500));
      const summary = summarize(new Reader(views), NOW);
      const total = (params: object) => answer("devices.list", views, params).total;
      expect(summary.total).toBe(total({}));
      for (const [status, count] of Object.entries(summary.byStatus)) expect(total({ status })).toBe(count);
      for (const { value, count } of summary.tags.slice(0, 5)) expect(total({ tag: value })).toBe(count);
      for (const { value, count } of summary.firmwares.slice(0, 5)) expect(total({ firmware: value })).toBe(count);
    }
  });

  it("names the hundred commonest values", () => {
    for (let i = 0; i < 150; i++) history.register(`d${i}`, { tags: [`t${i}`, ...(i > 140 ? ["often"] : [])] });
    const { tags } = summarize(new Reader(built()), NOW);
    expect(tags).toHaveLength(100);
    expect(tags[0]).toEqual({ value: "often", count: 9 });
    expect(tags[1]).toEqual({ value: "t0", count: 1 });
  });
});

describe("devices.rows", () => {
  it("returns rows in the order of the ids, including retired devices", () => {
    for (const id of ["a", "b", "c"]) history.register(id);
    history.retire("b");
    const rows = answer("devices.rows", built(), { ids: ["c", "nobody", "b"] });
    expect(rows).toMatchObject([{ id: "c" }, { id: "b", status: "retired" }]);
  });
});

describe("gateways.list", () => {
  it("lists the status of each gateway, running gateways first", () => {
    history.gateway("GatewayStarted", "g1", "i1");
    history.gateway("GatewayStarted", "g2", "i1");
    history.gateway("GatewayLost", "g1", "i0");
    history.gateway("GatewayStarted", "g3", "i1");
    const lost = history.gateway("GatewayLost", "g2", "i1");
    history.gateway("GatewayStopped", "g3", "i1");
    history.gateway("GatewayStopped", "g2", "i1");
    expect(answer("gateways.list", built(), {})).toEqual([
      expect.objectContaining({ name: "g1", status: "running", incarnation: "i1" }),
      expect.objectContaining({ name: "g3", status: "stopped" }),
      expect.objectContaining({ name: "g2", status: "lost", since: lost.time, seq: lost.seq }),
    ]);
    history.gateway("GatewayStarted", "g2", "i2");
    expect(answer("gateways.list", built(), {})[0]).toMatchObject({ name: "g2", status: "running" });
  });
});
