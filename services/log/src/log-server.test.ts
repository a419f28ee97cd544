import { describe, expect, it } from "vitest";
import { acknowledgedBy, logServer } from "./log-server.ts";

describe("whether acknowledged events are on disk", () => {
  it.each([
    ["2.15.1", "always", "on-disk", /^What is acknowledged is on disk\.$/],
    ["2.15.1", "10s", "later", /every 10s: a power cut can lose.*FLEETLOG_NATS_SYNC=always/],
    ["2.15.1", undefined, "unknown", /sync_interval: always .*FLEETLOG_NATS_SYNC=always/],
    ["2.10.0", "always", "on-disk", /on disk/],
    ["3.0.0", "always", "on-disk", /on disk/],
    // The server has no setting `sync_interval`, so the declared value does not count.
    ["2.9.10", "always", "later", /every 2m: .*Use nats-server 2\.10 or newer/],
    ["2.9.10", undefined, "later", /every 2m/],
  ])("nats-server %s with sync %s: %s", (version, sync, acknowledged, advice) => {
    expect(acknowledgedBy(logServer(version, sync))).toEqual({ acknowledged, advice: expect.stringMatching(advice) });
  });
});
