import { describe, expect, it } from "vitest";
import { type Arrival, Inbound } from "./inbound.ts";

function setUp() {
  const answered: [number, number][] = [];
  const inbound = new Inbound({ acknowledge: ({ id }: Arrival, code: number) => answered.push([id, code]) });
  return { inbound, answered };
}

describe("Inbound", () => {
  it("acknowledges in the order of arrival although the log stores in another order [MQTT-4.6.0-2]", () => {
    const { inbound, answered } = setUp();
    const [one, two, three] = [inbound.arrived(1, 1), inbound.arrived(2, 2), inbound.arrived(3, 1)];
    inbound.stored(three);
    inbound.refused(two, 0x99, "no");
    expect(answered).toEqual([]);
    inbound.stored(one);
    expect(answered).toEqual([
      [1, 0],
      [2, 0x99],
      [3, 0],
    ]);
  });

  it("counts a publication of QoS 1 until PUBACK, and of QoS 2 until PUBREL or a refusal", () => {
    const { inbound } = setUp();
    const [one, two, refused] = [inbound.arrived(1, 1), inbound.arrived(2, 2), inbound.arrived(3, 2)];
    expect(inbound.unfinished).toBe(3);
    inbound.stored(one);
    inbound.stored(two);
    inbound.refused(refused, 0x99, "no");
    expect(inbound.unfinished).toBe(1);
    inbound.unreleased.delete(2);
    expect(inbound.unfinished).toBe(0);
  });

  it("returns the identifiers of QoS 2 publications that are stored, and not of those that wait", () => {
    const { inbound } = setUp();
    inbound.stored(inbound.arrived(1, 2));
    const waits = inbound.arrived(2, 2);
    inbound.stored(inbound.arrived(3, 2));
    expect(inbound.receivedIds()).toEqual([1, 3]);
    expect(inbound.awaitsPubrec(2)).toBe(true);
    inbound.stored(waits);
    expect(inbound.receivedIds()).toEqual([1, 2, 3]);
  });

  it("resolves `whenStored` when no publication waits for the log", async () => {
    const { inbound } = setUp();
    await inbound.whenStored();
    inbound.beginStoring();
    inbound.beginStoring();
    let stored = false;
    const whenStored = inbound.whenStored().then(() => {
      stored = true;
    });
    inbound.endStoring();
    await Promise.resolve();
    expect(stored).toBe(false);
    inbound.endStoring();
    await whenStored;
    expect(stored).toBe(true);
  });

  it("acknowledges 5,001 publications in order when the first is stored after the second", () => {
    const { inbound, answered } = setUp();
    const last = inbound.arrived(60_000, 1);
    for (let id = 1; id <= 5_000; id++) {
      const arrival = inbound.arrived(id, 1);
      if (id === 1) inbound.stored(last);
      inbound.stored(arrival);
    }
    expect(answered.map(([id]) => id)).toEqual([60_000, ...Array.from({ length: 5_000 }, (_, i) => i + 1)]);
    expect(inbound.unfinished).toBe(0);
  });
});
