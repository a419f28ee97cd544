import { encodeEvent, memoryBackbone } from "@fleetlog/log";
import { describe, expect, it } from "vitest";
import { Writer } from "./writer.ts";

const { log } = memoryBackbone();
const clock = () => 1_767_225_600_000;
const plain = { source: "/devices/a", clock };
const full = { source: '/devices/"\\ü', gateway: "g\n1", site: "north", account: "acme", clock };

describe("an event from a template", () => {
  it.each([
    [plain, "a"],
    [full, 'x"\\ü $& .*'],
  ])("has the same text as the event that is serialized as a whole: %j", (origin, entity) => {
    const writer = new Writer(log, origin);
    const telemetry = writer.texts("TelemetryReported", entity);
    const reported = writer.texts("DeviceEventReported", entity);
    const data = { data: { t: 1.5, text: '\ud800 " \\ $1 \u2028', list: [null, {}] }, boot: "b", seq: 1 };
    for (const devicetime of [undefined, "2026-01-02T03:04:05Z", undefined, "2026-01-02T03:04:06+01:00"]) {
      for (const id of ['i"d\\', "$&"]) {
        const metadata = devicetime === undefined ? { id } : { id, devicetime };
        const whole = writer.event({ type: "TelemetryReported", data }, entity, metadata);
        const text = writer.serialize(telemetry, id, data, devicetime);
        expect(text).toEqual({ id, subject: whole.subject, json: encodeEvent(whole), newId: false });
        const event = writer.event({ type: "DeviceEventReported", data: { name: "n", ...data } }, entity, metadata);
        expect(writer.serialize(reported, id, { name: "n", ...data }, devicetime).json).toBe(encodeEvent(event));
      }
    }
  });

  it("gets a random id if none is given", () => {
    const writer = new Writer(log, plain);
    const texts = writer.texts("TelemetryReported", "a");
    const [one, other] = [1, 2].map(() => writer.serialize(texts, undefined, { data: {} }, undefined));
    expect(one).toMatchObject({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), newId: true });
    expect(other?.id).not.toBe(one?.id);
    expect(JSON.parse(one?.json ?? "")).toMatchObject({ id: one?.id, type: "TelemetryReported" });
  });

  it.each([254, 255, 256, 257, 258, 10_000])("refuses the same nesting as a whole event: %i levels", (levels) => {
    const writer = new Writer(log, plain);
    const nested = JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`) as unknown;
    const data = { name: "n", data: nested };
    const refused = (act: () => unknown) => {
      try {
        act();
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    };
    const texts = writer.texts("DeviceEventReported", "a");
    expect(refused(() => writer.serialize(texts, "i", data, undefined))).toBe(
      refused(() => encodeEvent(writer.event({ type: "DeviceEventReported", data }, "a"))),
    );
  });
});
