// @vitest-environment happy-dom
import { html, LitElement } from "lit";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { mount, unmountAll } from "../testing/dom.ts";
import { now } from "./clock.ts";
import { navigate, pageLocation } from "./location.ts";
import { goTo, inPast, Past, past } from "./past.ts";
import { UrlState } from "./url-state.ts";

class TimedPage extends LitElement {
  readonly past = new Past(this, () => "/devices");
  readonly url = new UrlState<{ search: string }>(this, {
    read: (parameters) => ({ search: parameters.get("search") ?? "" }),
    write: ({ search }) => new URLSearchParams({ search }),
  });
  override render() {
    return html`${this.past.at}`;
  }
}
customElements.define("timed-page", TimedPage);

const NOON = "2026-01-31T12:00:00Z";
const isMarked = () => document.documentElement.hasAttribute("data-past");
const address = () => pageLocation.value.path + pageLocation.value.search;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-02-02T00:00:00Z") });
});
afterEach(() => {
  unmountAll();
  vi.useRealTimers();
});

async function page(at: string): Promise<TimedPage> {
  navigate(`/devices?search=x&at=${at}`, "replace");
  return mount(new TimedPage());
}

it("the past shows the moment in the URL, and stops the pages' clock there", async () => {
  const { past: shown } = await page(NOON);
  expect([shown.at, shown.time, now.value]).toEqual([NOON, Date.parse(NOON), Date.parse(NOON)]);
  expect(isMarked()).toBe(true);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(now.value).toBe(Date.parse(NOON));
  goTo(undefined);
  expect([shown.at, shown.time, past.value]).toEqual([undefined, undefined, undefined]);
  expect(now.value).toBe(Date.now());
  expect(isMarked()).toBe(false);
});

it("the past gets the time of a sequence from the first answer", async () => {
  const { past: shown } = await page("122");
  expect([shown.at, shown.time, isMarked()]).toEqual(["122", undefined, true]);
  shown.answered(NOON);
  expect([shown.at, shown.time, now.value]).toEqual(["122", Date.parse(NOON), Date.parse(NOON)]);
});

it("the past keeps the requested time, even if the newest event before it is older", async () => {
  const { past: shown } = await page(NOON);
  shown.answered("2026-01-31T11:59:00Z");
  expect(shown.time).toBe(Date.parse(NOON));
});

it("the past stays in the URL when filters change, and in links within the past", async () => {
  const { url } = await page(NOON);
  url.set({ search: "pump" });
  const at = encodeURIComponent(NOON);
  expect(address()).toBe(`/devices?search=pump&at=${at}`);
  expect(inPast("/devices/pump-1")).toBe(`/devices/pump-1?at=${at}`);
  goTo("122", "replace");
  expect(address()).toBe("/devices?search=pump&at=122");
  goTo(undefined);
  expect(address()).toBe("/devices?search=pump");
  expect(inPast("/devices/pump-1")).toBe("/devices/pump-1");
});

it("the past ends with its page, and ignores other pages' addresses", async () => {
  const { past: shown } = await page(NOON);
  navigate("/gateways");
  expect(shown.at).toBe(NOON);
  unmountAll();
  expect([past.value, isMarked()]).toEqual([undefined, false]);
});

it("the past shows an invalid text as given, so that the gateway can refuse it", async () => {
  const { past: shown } = await page("soon");
  expect([shown.at, shown.time]).toEqual(["soon", undefined]);
});
