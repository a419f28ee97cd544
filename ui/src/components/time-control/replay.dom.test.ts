// @vitest-environment happy-dom
import { html, LitElement } from "lit";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { navigate, pageLocation } from "../../state/location.ts";
import { goTo, inPast, Past } from "../../state/past.ts";
import { playing } from "../../state/replay.ts";
import { session } from "../../state/session.ts";
import { all, choose, mount, one, press, settled, textOf, unmountAll } from "../../testing/dom.ts";
import { stubGateway } from "../../testing/gateway.ts";
import type { TimeControl } from "./time-control.ts";
import "./time-control.ts";

const BEGIN = "2026-01-31T03:00:00Z";

class PageWithReplay extends LitElement {
  readonly past = new Past(this, () => "/devices");
  override render() {
    return html`<fl-time-control></fl-time-control>`;
  }
}
customElements.define("page-with-replay", PageWithReplay);

class FakeSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static all: FakeSocket[] = [];
  readonly url: string;
  readonly sent: unknown[] = [];
  readyState = 1;
  constructor(url: string) {
    super();
    this.url = url;
    FakeSocket.all.push(this);
  }
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.readyState = 3;
  }
  says(message: object) {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(message) }));
  }
  loses(reason: string) {
    this.dispatchEvent(Object.assign(new Event("close"), { code: 1008, reason }));
  }
}

let control: TimeControl;
let asked: unknown[];
const parameter = (name: string) => new URLSearchParams(pageLocation.value.search).get(name);
const socket = () => FakeSocket.all.at(-1) as FakeSocket;
const position = (at: string, state = "playing") => socket().says({ type: "position", state, at, seq: 7 });

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.parse("2026-01-31T12:00:00Z") });
  FakeSocket.all = [];
  asked = [];
  const answers = (_: string, { pathname }: URL, body: unknown) => {
    if (pathname !== "/api/history/replays") return { body: { at: "2025-01-01T00:00:00Z", seq: 1 } };
    asked.push(body);
    return { body: { id: "r1", stream: "/api/history/replays/r1/stream" } };
  };
  vi.stubGlobal("fetch", stubGateway(answers).fetch);
  vi.stubGlobal("WebSocket", FakeSocket);
  session.set({ state: "signed-in", info: { operator: { role: "analyst" } } as never });
  navigate(`/devices?at=${BEGIN}&speed=60`, "replace");
  const page = await mount(new PageWithReplay());
  control = one<TimeControl>(page, "fl-time-control");
  await shown();
});
afterEach(() => {
  unmountAll();
  session.set({ state: "signed-out" });
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function shown(ms = 10): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await settled(control);
}

it("the replay plays from the moment of the URL at its speed, and moves it once a second", async () => {
  press(document.body, "p");
  await shown();
  expect(asked).toEqual([{ from: BEGIN, speed: 60, content: "positions" }]);
  expect(socket().url).toMatch(/^ws:.*\/api\/history\/replays\/r1\/stream$/);
  expect(textOf(one(control, "[aria-keyshortcuts=p]"))).toBe("Pause");
  expect(textOf(one(control, "#note"))).toContain("60 times the speed");
  position("2026-01-31T03:00:30.000Z");
  await shown(1_000);
  expect(parameter("at")).toBe("2026-01-31T03:00:30.000Z");
  for (const at of ["2026-01-31T03:00:45.000Z", "2026-01-31T03:01:00.000Z"]) position(at);
  await shown(300);
  expect(parameter("at")).toBe("2026-01-31T03:00:30.000Z");
  await shown(800);
  expect(parameter("at")).toBe("2026-01-31T03:01:00.000Z");
  press(document.body, "p");
  await shown();
  expect(playing.value).toBe(false);
  expect(socket().readyState).toBe(3);
  expect([parameter("at"), parameter("speed")]).toEqual(["2026-01-31T03:01:00.000Z", "60"]);
});

it("the replay waits while the page loads, up to a limit", async () => {
  press(document.body, "p");
  await shown();
  control.busy = true;
  position("2026-01-31T03:00:30.000Z");
  await shown(10_000);
  expect(parameter("at")).toBe(BEGIN);
  await shown(6_000);
  expect(parameter("at")).toBe("2026-01-31T03:00:30.000Z");
});

it("the replay goes to the next event, and plays on from there", async () => {
  press(document.body, "n");
  await shown();
  expect(asked).toEqual([{ from: BEGIN, speed: 1e-6, content: "positions" }]);
  expect(socket().sent).toEqual([{ type: "step" }]);
  position("2026-01-31T03:04:05.678Z", "paused");
  expect(parameter("at")).toBe("2026-01-31T03:04:05.678Z");
  press(document.body, "]");
  press(document.body, "p");
  await shown();
  expect(socket().sent).toEqual([{ type: "step" }, { type: "play", speed: 600 }]);
  expect(FakeSocket.all).toHaveLength(1);
});

it("the replay keeps its speed in the URL and in links", async () => {
  choose(one<HTMLSelectElement>(control, "[aria-label=Speed]"), "10");
  expect(parameter("speed")).toBe("10");
  expect(inPast("/devices/pump-7")).toBe(`/devices/pump-7?at=${encodeURIComponent(BEGIN)}&speed=10`);
  press(document.body, "[");
  expect(parameter("speed")).toBeNull();
  goTo(undefined);
  expect(pageLocation.value.search).toBe("");
});

it("the replay ends when another time is chosen, at its end, and when the page is left", async () => {
  press(document.body, "p");
  await shown();
  one(control, ".steps button", "+1 min").click();
  expect([playing.value, parameter("at")]).toEqual([false, "2026-01-31T03:01:00Z"]);
  press(document.body, "p");
  await shown();
  expect(FakeSocket.all).toHaveLength(2);
  position("2026-01-31T12:00:00.000Z", "ended");
  await shown();
  expect([playing.value, parameter("at")]).toEqual([false, "2026-01-31T12:00:00.000Z"]);
  expect(one<HTMLButtonElement>(control, "[aria-keyshortcuts=p]").disabled).toBe(true);
  press(document.body, "<");
  await shown();
  press(document.body, "p");
  await shown();
  expect(playing.value).toBe(true);
  unmountAll();
  expect([playing.value, socket().readyState]).toEqual([false, 3]);
});

it("the replay shows why it has stopped", async () => {
  press(document.body, "p");
  await shown();
  socket().says({ type: "problem", code: "history-unavailable", message: "no historian answers" });
  await shown();
  expect(textOf(one(control, "[role=alert]"))).toBe("no historian answers");
  press(document.body, "p");
  await shown();
  socket().loses("signed out");
  await shown();
  expect(textOf(one(control, "[role=alert]"))).toBe("signed out");
  expect(playing.value).toBe(false);
});

it("the replay is hidden in the present", async () => {
  goTo(undefined);
  press(document.body, "t");
  await shown();
  expect(all(control, ".replay")).toEqual([]);
  press(document.body, "p");
  await shown();
  expect(asked).toEqual([]);
});
