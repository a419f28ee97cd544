import type { RecordedEvent, SignInEvent } from "@fleetlog/domain";
import type { Writer } from "@fleetlog/fleet";
import { beforeEach, expect, it, vi } from "vitest";
import { type TestNode, testNode } from "../testing/test-node.ts";
import type { SignInCall } from "./calls.ts";
import { SignInRecorder } from "./recorder.ts";

let node: TestNode;
let now: number;
let recorder: SignInRecorder;
beforeEach(async () => {
  node = await testNode();
  now = 0;
  recorder = recorderOf(node);
});

const recorderOf = ({ core, fleet, backbone: { log } }: TestNode) =>
  new SignInRecorder({ writer: fleet.writer, ready: () => true, log, logger: core.logger, now: () => now });

async function recorded(): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of node.backbone.log.read({ stream: "ACCESS" })) events.push(event);
  return events;
}

const CALL = { by: "lee", account: "main", call: "POST /api/session", address: "192.0.2.7:4711" } as const;
const byPassword: SignInCall = { type: "SignedIn", ...CALL, way: "password", secondFactor: "code" };

it("the recorder records who signed in, from where, by which way, and who signed out", async () => {
  recorder.record(byPassword);
  recorder.record({ type: "SignedOut", ...CALL, account: "north", call: "DELETE /api/tokens" });
  recorder.record({ type: "RefreshTokenReused", ...CALL, address: "[2001:db8::1]:80" });
  await recorder.stop();
  const who = { by: "lee", address: "192.0.2.7", count: 1 };
  expect(await recorded()).toMatchObject([
    { type: "SignedIn", data: { ...who, call: "POST /api/session", way: "password", secondFactor: "code" } },
    { type: "SignedOut", data: { ...who, account: "north", call: "DELETE /api/tokens" } },
    { type: "RefreshTokenReused", data: { ...who, address: "2001:db8::1" } },
  ]);
  expect((await recorded())[0]).toMatchObject({ subject: "fleet.access.=2Foperators=2Flee", source: "/gateways/g1" });
  expect((await recorded())[0]?.data).not.toHaveProperty("account");
});

it("the recorder counts a person's sign-ins of the next minute from one network, and not those from another", async () => {
  for (let i = 0; i < 500; i++) recorder.record(byPassword);
  recorder.record({ ...byPassword, address: "198.51.100.9:1" });
  await recorder.stop();
  expect((await recorded()).map(({ data }) => [(data as { address: string }).address, data])).toMatchObject([
    ["192.0.2.7", { count: 1 }],
    ["198.51.100.9", { count: 1 }],
    ["192.0.2.7", { count: 499 }],
  ]);
});

it("the recorder appends 500 events at once and then ten a second, and counts more than 10,000 people together", () => {
  const counts = new Map<string | undefined, number>();
  let appended = 0;
  const writer = {
    event: (body: SignInEvent) => body,
    append: async ({ data: { by, count } }: SignInEvent) => {
      appended++;
      counts.set(by, (counts.get(by) ?? 0) + count);
    },
  } as unknown as Writer;
  recorder = recorderOf({ ...node, fleet: { ...node.fleet, writer } });
  vi.useFakeTimers();
  recorder.start();
  for (let i = 0; i < 12_000; i++) recorder.record({ ...byPassword, by: `p${i}` });
  expect(appended).toBe(500);
  for (let s = 1; s <= 2_000; s++) {
    now += 1_000;
    vi.advanceTimersByTime(1_000);
    expect(appended).toBeLessThanOrEqual(500 + s * 10);
  }
  vi.useRealTimers();
  expect(counts.size).toBe(10_001);
  expect(counts.get(undefined)).toBe(2_000);
});

async function passed(ms: number): Promise<void> {
  now += ms;
  await vi.advanceTimersByTimeAsync(1_000);
}

it("the recorder records a second factor that nobody gives within six minutes, once for a person and network, with a count", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  recorder.start();
  for (let i = 0; i < 3; i++) recorder.secondFactorAsked({ ...CALL, account: "north" });
  recorder.secondFactorAsked({ ...CALL, address: "198.51.100.9:1" });
  recorder.secondFactorAsked({ ...CALL, by: "mia" });
  await passed(260_000);
  recorder.secondFactorAsked({ ...CALL, by: "noa" });
  // The second factor of mia is right, and that of lee is wrong.
  recorder.record({ ...byPassword, by: "mia", address: "192.0.2.7:9" });
  recorder.secondFactorGiven({ by: "lee", address: "198.51.100.9:2" });
  await passed(99_000);
  expect((await recorded()).map(({ type }) => type)).toEqual(["SignedIn"]);
  await passed(1_000);
  await vi.waitFor(async () => expect(await recorded()).toHaveLength(2));
  expect((await recorded())[1]).toMatchObject({
    type: "SecondFactorNotGiven",
    subject: "fleet.access.=2Foperators=2Flee",
    data: { by: "lee", account: "north", call: "POST /api/session", address: "192.0.2.7", count: 3 },
  });
  // The gateway ends.
  await recorder.stop();
  expect((await recorded()).slice(2)).toMatchObject([{ type: "SecondFactorNotGiven", data: { by: "noa", count: 1 } }]);
  vi.useRealTimers();
});

it("the recorder records no missing second factor if the same person and network gave one at another gateway, right or wrong", async () => {
  const others = await testNode("g2", node.backbone.server);
  const other = recorderOf(others);
  for (const by of ["lee", "mia", "noa", "ida"]) recorder.secondFactorAsked({ ...CALL, by });
  other.record(byPassword);
  other.record({ ...byPassword, by: "mia", address: "198.51.100.9:1" });
  other.record({ type: "SignedOut", ...CALL, by: "noa" });
  await other.stop();
  const wrong = { by: "ida", address: "192.0.2.7", action: "session.begin", call: CALL.call };
  const refused = { type: "CallRefused", data: { ...wrong, code: "unauthenticated", count: 1 } } as const;
  await others.fleet.writer.append(others.fleet.writer.event(refused, "/operators/ida"));
  await recorder.stop();
  const missing = (await recorded()).filter(({ type }) => type === "SecondFactorNotGiven");
  expect(missing.map(({ data }) => (data as { by?: string }).by)).toEqual(["mia", "noa"]);
});
