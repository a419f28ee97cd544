// @vitest-environment happy-dom
import { afterEach, expect, it } from "vitest";
import type { DeviceDetail } from "../../data/devices.ts";
import { now } from "../../state/clock.ts";
import { all, mount, one, settled, textOf, unmountAll } from "../../testing/dom.ts";
import { StatusCard } from "./status-card.ts";

afterEach(unmountAll);

const SINCE = "2026-01-31T12:00:00.000Z";
const evidence = [
  { id: "e1", says: "connected by MQTT 5 to gateway g1", time: SINCE, type: "SessionOpened", seq: 41 },
  { id: "e2", says: "gateway g1 was lost", time: "2026-01-31T12:05:00.000Z", type: "GatewayLost", seq: 57 },
] as const;

const device = (more: Partial<DeviceDetail>): DeviceDetail =>
  ({ id: "pump-1", status: "connected", since: SINCE, evidence: [], ...more }) as DeviceDetail;

const card = (more: Partial<DeviceDetail>) => mount(new StatusCard(), { device: device(more) });

it.each([
  ["connected", /^Connected for/],
  ["disconnected", /Commands wait for it until their deadline\.$/],
  ["never-connected", /It has not connected since it was registered\./],
  ["retired", /Its credentials no longer work\. Its history is kept/],
] as const)("the card says what it means for a device to be %s", async (status, expected) => {
  expect(textOf(one(await card({ status }), ".card-body"))).toMatch(expected);
});

it("the card shows how long the status has lasted, and keeps this time up to date", async () => {
  const element = await card({});
  now.set(Date.parse(SINCE) + 3 * 60_000);
  await settled(element);
  expect(textOf(one(element, ".now"))).toBe("Connected for 3 min");
  now.set(Date.parse(SINCE) + 2 * 3_600_000);
  await settled(element);
  expect(textOf(one(element, ".now"))).toBe("Connected for 2 h");
});

it("the card lists the events that explain the status, with time, type and sequence", async () => {
  const items = all(await card({ status: "disconnected", evidence: [...evidence] }), "li");
  expect(items.map(textOf)).toEqual([
    expect.stringMatching(/^Connected by MQTT 5 to gateway g1\. .* SessionOpened #41$/),
    expect.stringMatching(/^Gateway g1 was lost\. .* GatewayLost #57$/),
  ]);
  expect(items.map((item) => one(item, "time").getAttribute("datetime"))).toEqual(evidence.map(({ time }) => time));
});

it("the card shows by which credential the session was opened", async () => {
  const session = { epoch: 41, gateway: "g1", protocol: "mqtt", version: "MQTT 5", address: "10.0.0.7:5000" } as const;
  const element = await card({ session: { ...session, credential: { by: "token", id: "16" } } });
  expect(all(element, "dt, dd").map(textOf).slice(-2)).toEqual(["Opened by", "Its token"]);
});

it("the card shows no list for a status without events", async () => {
  expect(all(await card({}), "h3, li")).toEqual([]);
});

it("the card shows the last refused log-in, with its cause, time and address", async () => {
  const lastRefused = {
    at: SINCE,
    code: "unauthenticated",
    cause: "wrong token",
    protocol: "mqtt",
    address: "10.0.0.7",
  };
  now.set(Date.parse(SINCE) + 3 * 60_000);
  const refused = async (count: number) =>
    textOf(one(await card({ lastRefused: { ...lastRefused, count } }), ".refused"));
  expect(await refused(1)).toBe("Last refused: wrong token, 3 min ago, from 10.0.0.7");
  expect(await refused(12)).toBe("Last refused: wrong token, 3 min ago, from 10.0.0.7 (12 times)");
  expect(all(await card({}), ".refused")).toEqual([]);
});

it("the card shows the session of a connected device", async () => {
  const session = { gateway: "g1", protocol: "mqtt", version: "MQTT 5", address: "10.0.0.7", epoch: 41 };
  const element = await card({ session } as Partial<DeviceDetail>);
  expect(all(element, "dd").map(textOf)).toEqual(["g1", "MQTT 5", "10.0.0.7", "#41"]);
  expect(all(await card({}), "dl")).toEqual([]);
});
