import { describe, expect, it } from "vitest";
import { deviceEvents } from "./device.ts";
import { isEventOf } from "./envelope.ts";
import { AGGREGATES, CATEGORY_OF, toEvent } from "./events.ts";
import { CATEGORIES, streamOf } from "./subjects.ts";

const frame = { id: "1", source: "/devices/a.b", time: "2026-01-02T03:04:05Z", entity: "a.b" };

describe("events", () => {
  it("are CloudEvents on the subject of their entity", () => {
    const body = { type: "DeviceEventReported", data: { name: "n", data: { x: 1 } } } as const;
    expect(toEvent(body, { ...frame, gateway: "g", correlationid: "c", devicetime: "2026-01-01T00:00:00Z" })).toEqual({
      specversion: "1.0",
      id: "1",
      source: "/devices/a.b",
      type: "DeviceEventReported",
      subject: "fleet.event.a=2Eb",
      time: "2026-01-02T03:04:05Z",
      gateway: "g",
      correlationid: "c",
      devicetime: "2026-01-01T00:00:00Z",
      data: { name: "n", data: { x: 1 } },
    });
  });

  it("have attributes that CloudEvents allows (1.0, 3.1: lower-case letters and digits)", () => {
    const body = { type: "DeviceRetired", data: { device: "a", by: "x" } } as const;
    const context = {
      gateway: "g",
      site: "s",
      correlationid: "c",
      causationid: "d",
      traceparent: "t",
      devicetime: "e",
    };
    for (const name of Object.keys(toEvent(body, { ...frame, ...context }))) expect(name).toMatch(/^[a-z0-9]+$/);
  });

  it("have types that exactly one aggregate declares", () => {
    const types = AGGREGATES.flatMap((types) => Object.keys(types));
    expect(types).toEqual(Object.keys(CATEGORY_OF));
    expect(new Set(types).size).toBe(types.length);
  });

  it("belong to the aggregate that declares their type, regardless of their data", () => {
    const data = { device: "a", gateway: "g" };
    expect(isEventOf(deviceEvents, { type: "DeviceRetired", data })).toBe(true);
    for (const type of ["DeviceEventReported", "GatewayLost", "DeviceInventedLater", "toString"])
      expect(isEventOf(deviceEvents, { type, data }), type).toBe(false);
  });

  it("have known categories, of which telemetry and access have streams of their own", () => {
    for (const category of Object.values(CATEGORY_OF)) expect(CATEGORIES).toContain(category);
    expect(CATEGORIES.filter((category) => streamOf(category) !== "FLEET")).toEqual([
      "telemetry",
      "access",
      "delivery",
    ]);
    expect(streamOf("telemetry")).toBe("TELEMETRY");
    expect(streamOf("access")).toBe("ACCESS");
    expect(streamOf("delivery")).toBe("DELIVERY");
  });
});
