// @vitest-environment happy-dom
import { html, LitElement } from "lit";
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { feed } from "../../data/feed/feed.ts";
import { ApiError } from "../../data/problem.ts";
import { navigate, pageLocation } from "../../state/location.ts";
import { goTo, Past } from "../../state/past.ts";
import { onRecovery } from "../../state/recovery.ts";
import { session } from "../../state/session.ts";
import { all, choose, mount, one, press, settled, textOf, unmountAll } from "../../testing/dom.ts";
import { stubGateway } from "../../testing/gateway.ts";
import { toField } from "./span.ts";
import type { TimeControl } from "./time-control.ts";
import "./time-control.ts";

class PageWithTime extends LitElement {
  readonly past = new Past(this, () => "/devices");
  override render() {
    return html`<fl-time-control></fl-time-control>`;
  }
}
customElements.define("page-with-time", PageWithTime);

const away = new ApiError({
  status: 503,
  code: "history-unavailable",
  title: "Away",
  detail: "no historian answers",
});
const NOW = Date.parse("2026-01-31T12:00:00Z");
let historians: unknown[] = [];
let incidents: unknown[] = [];
let control: TimeControl;

const at = () => new URLSearchParams(pageLocation.value.search).get("at");
const as = (role: string) => session.set({ state: "signed-in", info: { operator: { role } } as never });

beforeEach(async () => {
  vi.useFakeTimers({ now: NOW });
  historians = [];
  incidents = [];
  const answers = (_: string, { pathname }: URL) => {
    if (pathname === "/api/history/query") return { body: { columns: [], rows: incidents, truncated: false } };
    return pathname === "/api/system" ? { body: { historians } } : { body: { at: "2025-01-01T00:00:00Z", seq: 1 } };
  };
  vi.stubGlobal("fetch", stubGateway(answers).fetch);
  as("operator");
  navigate("/devices", "replace");
  const page = await mount(new PageWithTime());
  control = one<TimeControl>(page, "fl-time-control");
});
afterEach(() => {
  unmountAll();
  session.set({ state: "signed-out" });
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

async function shown(): Promise<void> {
  await vi.advanceTimersByTimeAsync(10);
  await settled(control);
}

it("the time control is hidden until t is pressed, and steps back from now", async () => {
  expect(all(control, "section")).toEqual([]);
  press(document.body, "t");
  await shown();
  expect(textOf(one(control, "h2"))).toBe("Now");
  expect(all(control, ".steps button:disabled")).toHaveLength(2);
  one(control, ".steps button", "−1 min").click();
  expect(at()).toBe("2026-01-31T11:59:00Z");
  await shown();
  expect(textOf(one(control, "h2"))).toBe("As of");
  press(document.body, "<");
  expect(at()).toBe("2026-01-31T10:59:00Z");
  press(document.body, "l");
  await shown();
  expect(at()).toBeNull();
  expect(all(control, "section")).toEqual([]);
});

it("the time control goes to a typed time, and refuses a time in the future", async () => {
  control.show();
  await shown();
  const field = one<HTMLInputElement>(control, "[type=datetime-local]");
  const enter = async (value: string) => {
    field.value = value;
    field.dispatchEvent(new Event("change"));
    await shown();
  };
  await enter(toField(NOW + 60_000));
  expect(textOf(one(control, "[role=alert]"))).toBe("This time is in the future.");
  await enter(toField(NOW - 60_000));
  expect(at()).toBe("2026-01-31T11:59:00Z");
  expect(all(control, "[role=alert]")).toEqual([]);
});

it("the time control follows the slider at most every 250 ms, and ends in the present at its end", async () => {
  control.show();
  await shown();
  const slider = one<HTMLInputElement>(control, "[type=range]");
  const slide = (time: number, type = "input") => {
    slider.value = String(time);
    slider.dispatchEvent(new Event(type));
  };
  for (let minutes = 1; minutes <= 5; minutes++) slide(NOW - minutes * 60_000);
  expect(at()).toBeNull();
  await vi.advanceTimersByTimeAsync(260);
  expect(at()).toBe("2026-01-31T11:55:00Z");
  slide(Number(slider.max));
  slide(Number(slider.max), "change");
  expect(at()).toBeNull();
});

it("the time control adds one entry to the browser's history, however many moments follow", async () => {
  const before = history.length;
  for (const key of [",", ",", "<"]) press(document.body, key);
  expect(at()).toBe("2026-01-31T10:58:00Z");
  expect(history.length).toBe(before + 1);
});

it("the time control says that no historian runs, and how to start one", async () => {
  goTo("2026-01-31T11:00:00Z");
  control.error = away;
  await shown();
  await shown();
  expect(textOf(one(control, "[role=alert]"))).toContain("No historian runs");
  expect(textOf(one(control, "[role=alert]"))).toContain("FLEETLOG_HISTORIAN_NAME");
});

it("the time control makes the page try again at once when a historian runs again, and not earlier", async () => {
  let hint: () => void = () => {};
  vi.spyOn(feed, "watch").mockImplementation((_, changed) => {
    hint = () => changed({ keys: null } as never);
    return { change: () => {}, end: () => {} } as never;
  });
  const again = vi.fn();
  onTestFinished(onRecovery(again));
  goTo("2026-01-31T11:00:00Z");
  control.error = away;
  await shown();
  await shown();
  hint();
  await shown();
  expect(again).not.toHaveBeenCalled();
  historians = [{ id: "h1" }];
  for (let hints = 0; hints < 3; hints++) {
    hint();
    await shown();
  }
  expect(again).toHaveBeenCalledOnce();
});

it("the time control leaves it to the page to say why the gateway refused the moment", async () => {
  goTo("soon");
  control.error = new ApiError({ status: 400, code: "invalid-request", title: "Wrong", detail: "at must be a time" });
  await shown();
  expect(textOf(control)).not.toContain("At must be a time");
  expect(all(control, "[role=alert]")).toEqual([]);
});

it("the time control says after two seconds that it waits for the historian, and leads back to now", async () => {
  goTo("2026-01-31T11:00:00Z");
  control.busy = true;
  await shown();
  await vi.advanceTimersByTimeAsync(1_900);
  await settled(control);
  expect(textOf(control)).not.toContain("Waiting for the historian");
  await vi.advanceTimersByTimeAsync(200);
  await settled(control);
  expect(textOf(one(control, "#note"))).toContain("Waiting for the historian");
  one(control, "#note button", "Back to now").click();
  expect(at()).toBeNull();
  await shown();
  expect(textOf(control)).not.toContain("Waiting for the historian");
});

it("the time control links from the past to the later changes of the page's device", async () => {
  control.device = "pump 7";
  goTo("2026-01-31T11:00:00Z");
  control.moment = { seq: 60, at: "2026-01-31T10:59:58Z" };
  await shown();
  const link = one(control, "a", "What changed since then");
  expect(link.getAttribute("href")).toBe("/history?from=2026-01-31T11%3A00%3A00Z&device=pump+7");
});

it("the time control jumps to the end of a gateway that disconnected devices", async () => {
  control.ends = [{ gateway: "g2", how: "lost", at: "2026-01-31T03:09:58.250Z", devices: 412 }];
  control.show();
  await shown();
  const list = one<HTMLSelectElement>(control, "[aria-label='Jump to an incident']");
  expect(textOf(list)).toContain("gateway g2 was lost, 412 devices");
  choose(list, "2026-01-31T03:09:58.250Z");
  expect(at()).toBe("2026-01-31T03:09:59Z");
  expect(list.value).toBe("");
});

it("the time control finds the incidents of the last 30 days on demand", async () => {
  const [older, newer] = ["2026-01-09T03:09:58.000Z", "2026-01-31T03:09:58.250Z"];
  control.ends = [{ gateway: "g2", how: "lost", at: newer, devices: 412 }];
  incidents = [
    [newer, "GatewayLost", "g2", 412],
    [older, "GatewayStopped", "g1", 1],
  ];
  control.show();
  await shown();
  const list = one<HTMLSelectElement>(control, "[aria-label='Jump to an incident']");
  choose(list, "earlier");
  await vi.waitFor(() => expect(textOf(control)).toContain("2 incidents in the list"));
  expect([...list.options].map(({ value }) => value)).toEqual(["", newer, older]);
  expect(textOf(list)).toContain("gateway g1 stopped, 1 device");
  choose(list, older);
  expect(at()).toBe("2026-01-09T03:09:59Z");
});

it("the time control is not for people who may not read the history", async () => {
  as("viewer");
  press(document.body, "t");
  press(document.body, ",");
  await shown();
  expect(at()).toBeNull();
  expect(all(control, "section")).toEqual([]);
});
