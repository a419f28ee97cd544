import { beforeEach, describe, expect, it } from "vitest";
import { silent } from "../logger.ts";
import { ManualClock } from "../testing/index.ts";
import { type Link, Refusal } from "../transport/transport.ts";
import type { Identity } from "./identity.ts";
import { Renewal } from "./renewal.ts";

const DAY = 86_400_000;

class FakeIdentity implements Identity {
  readonly current = { cert: "", key: "" };
  validity: { from: number; until: number };
  accepted: string[] = [];

  constructor(now: number) {
    this.validity = { from: now, until: now + 90 * DAY };
  }

  request(device: string): string {
    return `request of ${device}`;
  }

  accept(certificate: string): boolean {
    if (certificate === "other") return false;
    this.accepted.push(certificate);
    return true;
  }
}

let clock: ManualClock;
let identity: FakeIdentity;
let answer: () => Promise<{ certificate: string; ca: string }>;
let requests: string[];
let renewed: number;
const link = {
  renew(csr: string) {
    requests.push(csr);
    return answer();
  },
} as Link;

beforeEach(() => {
  clock = new ManualClock();
  identity = new FakeIdentity(clock.now());
  requests = [];
  renewed = 0;
  answer = async () => {
    identity.validity = { from: clock.now(), until: clock.now() + 90 * DAY };
    return { certificate: "next", ca: "" };
  };
});

function renewal(renewBeforeMs?: number): Renewal {
  return new Renewal({
    identity,
    device: "d1",
    clock,
    random: () => 0.5,
    logger: silent,
    onRenewed: () => renewed++,
    ...(renewBeforeMs !== undefined && { renewBeforeMs }),
  });
}

describe("Renewal", () => {
  it("renews a certificate of 90 days between day 63 and 64, and its successor too", async () => {
    renewal().attach(link);
    await clock.advance(63 * DAY);
    expect(requests).toEqual([]);
    await clock.advance(DAY);
    expect([requests, identity.accepted, renewed]).toEqual([["request of d1"], ["next"], 1]);
    await clock.advance(63 * DAY);
    expect(renewed).toBe(1);
    await clock.advance(DAY);
    expect(renewed).toBe(2);
  });

  it("renews within the last 10 days if renewBeforeMs is 10 days", async () => {
    renewal(10 * DAY).attach(link);
    await clock.advance(80 * DAY);
    expect(requests).toEqual([]);
    await clock.advance(2 * DAY);
    expect(renewed).toBe(1);
  });

  it("renews on the next connection if the renewal came due without a connection", async () => {
    const due = renewal();
    due.attach(link);
    due.detach();
    await clock.advance(70 * DAY);
    expect(requests).toEqual([]);
    due.attach(link);
    await clock.advance(0);
    expect(renewed).toBe(1);
  });

  it.each([
    ["a refusal", () => Promise.reject(new Refusal("forbidden", "no", { permanent: true }))],
    ["a lost connection", () => Promise.reject(new Error("lost"))],
    ["a certificate for another key", () => Promise.resolve({ certificate: "other", ca: "" })],
  ])("tries again after %s, not at once", async (_, failing) => {
    const working = answer;
    answer = failing;
    renewal().attach(link);
    await clock.advance(64 * DAY);
    expect(requests).toHaveLength(1);
    answer = working;
    await clock.advance(3 * DAY);
    expect([requests.length, renewed]).toEqual([2, 1]);
  });

  it("sends one request in a day if the device's clock is years ahead", async () => {
    clock.jump(1_000 * DAY);
    answer = async () => ({ certificate: "next", ca: "" });
    renewal().attach(link);
    await clock.advance(DAY);
    expect(requests).toHaveLength(1);
  });
});
