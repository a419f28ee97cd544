// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { all, eventsOf, mount, one, settled, textOf, unmountAll } from "../../testing/dom.ts";
import { MomentField } from "./moment-field.ts";
import { toField } from "./span.ts";

const NOW = Date.parse("2026-01-31T12:00:00Z");

beforeEach(() => vi.useFakeTimers({ now: NOW }));
afterEach(() => {
  unmountAll();
  vi.useRealTimers();
});

it("the field sends an event for an entered time, once, and shows the fault of an invalid one", async () => {
  const field = await mount(new MomentField(), { time: NOW - 60_500 });
  const moments = eventsOf(field, "moment");
  const input = one<HTMLInputElement>(field, "input");
  const enter = async (value: string) => {
    input.value = value;
    input.dispatchEvent(new Event("change"));
    await settled(field);
    return all(field, "[role=alert]").map(textOf);
  };
  expect(input.value).toBe(toField(NOW - 60_500));
  expect(await enter(toField(NOW - 60_500))).toEqual([]);
  expect(await enter(toField(NOW + 60_000))).toEqual(["This time is in the future."]);
  expect(await enter("")).toEqual(["Enter a date and a time."]);
  expect(moments).toEqual([]);
  expect(await enter(toField(NOW - 1_000))).toEqual([]);
  expect(moments).toEqual([NOW - 1_000]);
});
