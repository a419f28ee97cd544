// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { feed } from "../data/feed/feed.ts";
import { connection, log, views } from "../state/connection.ts";
import { toasts } from "../state/toasts.ts";
import { all, eventsOf, mount, one, settled, textOf, unmountAll } from "../testing/dom.ts";
import { Banner } from "./banner.ts";

afterEach(unmountAll);

const OPEN = { state: "open" } as const;
const WAITING = { state: "waiting", retryAt: 0 } as const;
const READY = { state: "ready", since: "" } as const;
const since = "2026-01-31T12:00:00.000Z";

beforeEach(() => {
  vi.useFakeTimers();
  toasts.set([]);
  connection.set(OPEN);
  log.set(READY);
  views.set({ state: "current", since: "" });
});
afterEach(() => vi.useRealTimers());

async function shownAfter(ms: number, banner: Banner): Promise<string> {
  vi.advanceTimersByTime(ms);
  await settled(banner);
  return textOf(banner);
}

it("the banner is empty while connected, and before the first connection", async () => {
  connection.set({ state: "stopped" });
  const banner = await mount(new Banner());
  expect(await shownAfter(10_000, banner)).toBe("");
  connection.set({ state: "connecting" });
  expect(await shownAfter(4_900, banner)).toBe("");
  connection.set(OPEN);
  expect(await shownAfter(10_000, banner)).toBe("");
  expect(toasts.value).toEqual([]);
});

it("the banner says that a page does not get its first connection", async () => {
  connection.set({ state: "connecting" });
  expect(await shownAfter(5_000, await mount(new Banner()))).toMatch(/^Disconnected since/);
});

it("the banner tells the page by how much its height has changed", async () => {
  const banner = await mount(new Banner());
  const grown = eventsOf(banner, "grown");
  let height = 36;
  const offsetHeight = () => (textOf(banner) === "" ? 0 : height);
  Object.defineProperty(banner, "offsetHeight", { configurable: true, get: offsetHeight });
  connection.set(WAITING);
  await shownAfter(800, banner);
  // The window becomes narrow.
  height = 72;
  connection.set(OPEN);
  await shownAfter(0, banner);
  expect(grown).toEqual([36, -72]);
});

it("the banner ignores short interruptions", async () => {
  const banner = await mount(new Banner());
  connection.set(WAITING);
  expect(await shownAfter(700, banner)).toBe("");
  connection.set(OPEN);
  expect(await shownAfter(5_000, banner)).toBe("");
});

it("the banner shows when the connection was lost, offers a retry, and a message says when the connection is restored", async () => {
  const banner = await mount(new Banner());
  connection.set(WAITING);
  expect(await shownAfter(800, banner)).toMatch(/^Disconnected since .+: the data shown may be out of date/);
  const time = all(banner, "time")[0]?.getAttribute("datetime");
  connection.set({ state: "connecting" });
  connection.set(WAITING);
  await shownAfter(2_000, banner);
  expect(all(banner, "time")[0]?.getAttribute("datetime")).toBe(time);

  const nudge = vi.spyOn(feed, "nudge").mockImplementation(() => {});
  one(banner, "button").click();
  expect(nudge).toHaveBeenCalledOnce();

  connection.set(OPEN);
  expect(await shownAfter(0, banner)).toBe("");
  expect(toasts.value).toMatchObject([{ text: "Live again", detail: "Everything shown is up to date." }]);
});

it.each([
  ["away", /^The log has been unavailable since .+ no command can be sent/],
  ["hung", /^The log has been unavailable since/],
  ["full", /^The log has been full since .+FLEETLOG_FLEET_MAX_BYTES/],
] as const)("the banner shows that the log is %s", async (state, expected) => {
  const banner = await mount(new Banner());
  log.set({ state, since });
  expect(await shownAfter(800, banner)).toMatch(expected);
  expect(all(banner, "time")[0]?.getAttribute("datetime")).toBe(since);
  log.set(READY);
  expect(await shownAfter(0, banner)).toBe("");
  expect(toasts.value).toMatchObject([{ text: "Live again" }]);
});

it("the banner reports a lost connection instead of the last known state of the log", async () => {
  const banner = await mount(new Banner());
  log.set({ state: "full", since });
  await shownAfter(800, banner);
  connection.set(WAITING);
  expect(await shownAfter(0, banner)).toMatch(/^Disconnected/);
  connection.set(OPEN);
  expect(await shownAfter(0, banner)).toMatch(/^The log has been full/);
});

it.each([
  ["away", /^No projector has sent a heartbeat since .+ out of date/],
  ["behind", /^The projector has not followed the log since .+ out of date/],
  ["building", /^The views are being built since .+ out of date/],
] as const)("the banner shows that the views are %s, unless the log is unavailable", async (state, expected) => {
  const banner = await mount(new Banner());
  views.set({ state, since });
  expect(await shownAfter(800, banner)).toMatch(expected);
  expect(all(banner, "time")[0]?.getAttribute("datetime")).toBe(since);
  log.set({ state: "away", since });
  expect(await shownAfter(0, banner)).toMatch(/^The log/);
  log.set(READY);
  views.set({ state: "current", since });
  expect(await shownAfter(0, banner)).toBe("");
  expect(toasts.value).toMatchObject([{ text: "Live again" }]);
});

it("the banner reports a gateway that does not answer", async () => {
  const banner = await mount(new Banner());
  connection.set({ state: "silent" });
  expect(await shownAfter(800, banner)).toMatch(/^The gateway has not answered since .+ out of date/);
});
