import { describe, expect, it } from "vitest";
import { deliveryInfoOf, pullRequest } from "./consumer.ts";

describe("a delivery's info", () => {
  it("is read from the acknowledgement subject, in the form of any server version", () => {
    const info = { seq: 42, delivery: 7, storedAt: 1_795_236_303_438, pending: 3 };
    expect(deliveryInfoOf("$JS.ACK.FLEET.name.1.42.7.1795236303438279474.3")).toEqual(info);
    expect(deliveryInfoOf("$JS.ACK.hub.ACCHASH.FLEET.name.1.42.7.1795236303438279474.3")).toEqual(info);
    expect(deliveryInfoOf("$JS.ACK.hub.ACCHASH.FLEET.name.2.43.7.1795236303438279474.3")).toEqual({ ...info, seq: 43 });
    expect(deliveryInfoOf("$JS.ACK.hub.ACCHASH.FLEET.name2.3.42.7.1795236303438279474.3")).toEqual(info);
    expect(deliveryInfoOf("$JS.ACK._.ACCHASH.FLEET.name.1.42.7.1795236303438279474.3.token")).toEqual(info);
  });
});

describe("a pull request", () => {
  it("gives durations in nanoseconds", () => {
    expect(JSON.parse(pullRequest({ batch: 5, maxBytes: 100, expiresMs: 30, heartbeatMs: 5 }))).toEqual({
      batch: 5,
      max_bytes: 100,
      expires: 30_000_000,
      idle_heartbeat: 5_000_000,
    });
    expect(JSON.parse(pullRequest({ batch: 1, maxBytes: 100, noWait: true }))).toMatchObject({ no_wait: true });
  });
});
