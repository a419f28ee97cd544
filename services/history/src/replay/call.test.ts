import type { FleetEvent, RecordedEvent, Scope } from "@fleetlog/domain";
import { memoryBackbone } from "@fleetlog/log";
import { History } from "@fleetlog/projections/fixtures";
import { parseReplayLine, type ReplayHead, type ReplayRequest } from "@fleetlog/protocol";
import { describe, expect, it } from "vitest";
import { OwnedDevices } from "../access/devices.ts";
import { CallMoments } from "../moments/call-moments.ts";
import { FoldedAsOf } from "../testing/folded.ts";
import { replayCall } from "./call.ts";

const { log } = memoryBackbone();
const history = new History();
const report = (device: string, seq: number) =>
  history.add(
    device,
    { type: "TelemetryReported", data: { data: { celsius: seq }, boot: 1, seq } },
    `${device}:1:${seq}`,
  );
history.register("a", { tags: ["roof"] });
history.register("b", { tags: ["cellar"] });
const { seq: epoch, id: session } = history.open("a");
history.open("b");
report("a", 1);
report("b", 1);
history.issue("a", "c1");
report("a", 2);
history.close("a", { epoch, session });
for (const { seq: _, stream: __, ...event } of history.events) await log.append(event as FleetEvent);
const stored: RecordedEvent[] = [];
for (const stream of ["FLEET", "TELEMETRY"] as const) for await (const one of log.read({ stream })) stored.push(one);
stored.sort((one, other) => Date.parse(one.time) - Date.parse(other.time));
const newest = (await log.state("FLEET")).lastSeq;

const lastSeq = async () => (await log.state("FLEET")).lastSeq;
const moments = new CallMoments({ asOf: new FoldedAsOf(log), lastSeq, now: Date.now });
const call = (most?: number) => replayCall({ log, devices: new OwnedDevices(log), moments, ...(most && { most }) });
const ALL: ReplayRequest = {
  from: 1,
  to: newest,
  categories: ["device", "session", "command", "telemetry"],
  events: true,
};

async function read(asked: Partial<ReplayRequest> = {}, by = call()) {
  const parts = (await by.answer({ ...ALL, ...asked } as never)) as AsyncGenerator<string>;
  let text = "";
  for await (const part of parts) text += part;
  const [head = "", ...rest] = text.trimEnd().split("\n");
  const lines = rest.map(parseReplayLine);
  const events = lines.filter(({ time }) => time !== undefined);
  return {
    head: JSON.parse(head) as ReplayHead,
    lines,
    events,
    ids: events.map(({ stream, seq }) => `${stream} ${seq}`),
  };
}

describe("the events of a span", () => {
  it("are the events of both streams after the span's beginning, in the order of time", async () => {
    const { head, events, ids } = await read();
    expect(ids).toEqual(stored.slice(1).map(({ stream, seq }) => `${stream} ${seq}`));
    expect(ids.filter((id) => id.startsWith("TELEMETRY"))).toHaveLength(3);
    expect(head.from).toMatchObject({ seq: 1 });
    expect(head.to).toMatchObject({ seq: newest });
    const times = events.map(({ time }) => time ?? 0);
    expect(times).toEqual([...times].sort((one, other) => one - other));
    expect(JSON.parse(events[0]?.event ?? "")).toEqual(stored[1]);
  });

  it("have no content if only positions are requested", async () => {
    const { events } = await read({ events: false });
    expect(events.length).toBeGreaterThan(3);
    expect(events.every(({ event }) => event === "")).toBe(true);
  });

  it("continue after a position, without repeats", async () => {
    const whole = await read();
    for (let cut = 1; cut <= whole.events.length; cut++) {
      const after = { ...whole.head.place };
      for (const { stream, seq } of whole.events.slice(0, cut)) after[stream] = seq;
      expect((await read({ after })).ids).toEqual(whole.ids.slice(cut));
    }
    expect(whole.lines.slice(-2).map(({ time }) => time)).toEqual([undefined, undefined]);
  });

  it("are those of one device, and of devices that the scope sees today", async () => {
    const scope: Scope = { tags: ["cellar"] };
    const ofB = (await read({ device: "b" })).ids;
    expect((await read({ scope })).ids).toEqual(ofB);
    expect(ofB).toHaveLength(3);
    expect((await read({ scope, device: "a" })).ids).toEqual([]);
  });

  it("of a device include the gateway events that ended its sessions, also in a continued answer", async () => {
    const { log } = memoryBackbone();
    const history = new History();
    history.register("g1", { tags: ["roof"] });
    for (const device of ["a", "b"]) history.register(device, { tags: ["roof"] });
    history.open("a", "g1");
    history.open("b", "g2", "i2");
    history.gateway("GatewayLost", "g2", "i2");
    history.profile("a", { model: "UC" });
    const lost = history.gateway("GatewayLost", "g1");
    history.gateway("GatewayStarted", "g1", "i3");
    history.open("a", "g2", "i3");
    const last = history.open("b", "g1", "i3");
    for (const { seq: _, stream: __, ...event } of history.events) await log.append(event as FleetEvent);
    const lastSeq = async () => last.seq;
    const moments = new CallMoments({ asOf: new FoldedAsOf(log), lastSeq, now: Date.now });
    const by = replayCall({ log, devices: new OwnedDevices(log), moments });
    const asked = { to: last.seq, categories: ["device", "session"], device: "a" } as const;
    const whole = await read(asked, by);
    expect(whole.events.map(({ event }) => JSON.parse(event).type)).toEqual([
      "DeviceRegistered",
      "SessionOpened",
      "DeviceProfileReported",
      "GatewayLost",
      "SessionOpened",
    ]);
    expect(whole.ids).toContain(`FLEET ${lost.seq}`);
    for (const { seq } of whole.events) {
      const rest = whole.ids.slice(whole.ids.indexOf(`FLEET ${seq}`) + 1);
      expect((await read({ ...asked, after: { FLEET: seq, TELEMETRY: 0 } }, by)).ids).toEqual(rest);
    }
    expect((await read({ ...asked, scope: { tags: ["roof"] } }, by)).ids).toEqual(whole.ids);
    expect((await read({ ...asked, scope: { tags: ["cellar"] } }, by)).ids).toEqual([]);
    expect((await read({ ...asked, categories: ["device"] }, by)).ids).not.toContain(`FLEET ${lost.seq}`);
    // The device g1 only has the name of a gateway: the gateway's events are not those of the device.
    expect((await read({ ...asked, device: "g1", from: 1 }, by)).ids).toEqual([]);
  });

  it.each([
    [{ from: 3, to: 2 }, "from"],
    [{ from: 99 }, "from"],
    [{ to: 99 }, "to"],
    [{ device: "#" }, "device"],
  ])("are refused for %j", async (asked, field) => {
    await expect(read(asked)).rejects.toMatchObject({ code: "invalid-request", field });
  });

  it("are sent to a limited number of callers at once", async () => {
    const limited = call(1);
    const parts = (await limited.answer(ALL as never)) as AsyncGenerator<string>;
    await parts.next();
    await expect(read({}, limited)).rejects.toMatchObject({ code: "history-unavailable" });
    await parts.return(undefined);
    expect((await read({}, limited)).ids.length).toBeGreaterThan(3);
  });
});
