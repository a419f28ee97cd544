import { type FleetEvent, toEvent } from "@fleetlog/domain";
import { describe, expect, it } from "vitest";
import type { LogStatus } from "../log.ts";
import { declareStreams } from "../streams.ts";
import { memoryBackbone } from "./index.ts";

let count = 0;
function event(
  type: "DeviceEventReported" | "TelemetryReported" = "DeviceEventReported",
  id = `e${count++}`,
): FleetEvent {
  const data = type === "TelemetryReported" ? { data: {} } : { name: "n" };
  const body = { type, data } as Parameters<typeof toEvent>[0];
  return toEvent(body, { id, source: "/tests", time: "2026-01-01T00:00:00Z", entity: "a" });
}

describe("simulated faults of the memory backbone", () => {
  it("away: appends wait, and are stored in order when the log can be reached again", async () => {
    const backbone = memoryBackbone({ window: { events: 4 } });
    const statuses: LogStatus[] = [];
    const unsubscribe = backbone.log.onStatus((status) => statuses.push(status));
    backbone.away();
    const appends = [backbone.log.append(event()), backbone.log.append(event())];
    expect(backbone.log.congested).toBe(true);
    await expect(backbone.log.state("FLEET")).rejects.toMatchObject({ code: "log-unavailable" });
    const relieved = backbone.log.whenRelieved();
    backbone.back();
    await relieved;
    expect((await Promise.all(appends)).map(({ seq }) => seq)).toEqual([1, 2]);
    unsubscribe();
    backbone.away();
    expect(statuses).toEqual(["away", "ready"]);
    expect(backbone.log.status).toBe("away");
  });

  it("away: rejects appends that exceed the window and the queue", async () => {
    const backbone = memoryBackbone({ window: { events: 2 } });
    backbone.away();
    const settled = Promise.allSettled(Array.from({ length: 100 }, () => backbone.log.append(event())));
    await expect(backbone.log.append(event())).rejects.toMatchObject({ code: "log-unavailable" });
    backbone.back();
    const stored = (await settled).filter(({ status }) => status === "fulfilled").length;
    expect((await backbone.log.state("FLEET")).events).toBe(stored);
    expect(stored).toBeLessThan(100);
  });

  it("full: FLEET waits for space, TELEMETRY does not", async () => {
    const backbone = memoryBackbone();
    backbone.full();
    expect(backbone.log.status).toBe("full");
    const history = backbone.log.append(event());
    expect(await backbone.log.append(event("TelemetryReported"))).toMatchObject({ seq: 1 });
    expect((await backbone.log.state("FLEET")).events).toBe(0);
    backbone.room();
    expect(await history).toMatchObject({ seq: 1 });
    expect(backbone.log.status).toBe("ready");
  });

  it("limits: refuses events of FLEET, drops old telemetry, and forgets ids after the duplicate window", async () => {
    let now = 1_000_000;
    const limits = { maxBytes: 500, replicas: 1 };
    const streams = declareStreams({ FLEET: limits, TELEMETRY: { ...limits, maxAgeMs: 1_000 } });
    const backbone = memoryBackbone({ clock: () => now, streams });
    for (let i = 0; i < 20; i++) await backbone.log.append(event("TelemetryReported"));
    const telemetry = await backbone.log.state("TELEMETRY");
    expect(telemetry).toMatchObject({ lastSeq: 20, firstSeq: 21 - telemetry.events });
    expect(telemetry.bytes).toBeLessThanOrEqual(500);

    const first = event("DeviceEventReported", "same");
    await backbone.log.append(first);
    const more = Promise.allSettled(Array.from({ length: 4 }, () => backbone.log.append(event())));
    while (backbone.log.status !== "full") await Promise.resolve();
    await backbone.close({ timeoutMs: 1 });
    expect((await more).map(({ status }) => status)).toContain("rejected");

    const other = memoryBackbone({ server: backbone.server });
    expect(await other.log.append(first)).toEqual({ seq: 1, duplicate: true });
    now += 120_001;
    await other.log.append(event("TelemetryReported"));
    expect((await other.log.state("TELEMETRY")).events).toBe(1);
    await other.close();
  });

  it("connects several backbones to one server, like processes to one log", async () => {
    const one = memoryBackbone();
    const two = memoryBackbone({ server: one.server });
    const { seq } = await one.log.append(event());
    expect((await two.log.last("event", "a"))?.seq).toBe(seq);
    two.away();
    expect([one.log.status, two.log.status]).toEqual(["away", "away"]);
    two.back();
    await one.close();
    expect((await two.log.state("FLEET")).lastSeq).toBe(1);
  });
});
