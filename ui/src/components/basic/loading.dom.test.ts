// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { mount, settled, textOf, unmountAll } from "../../testing/dom.ts";
import { Loading } from "./loading.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  unmountAll();
  vi.useRealTimers();
});

async function after(ms: number, element: Loading): Promise<string> {
  await vi.advanceTimersByTimeAsync(ms);
  await settled(element);
  return textOf(element);
}

it.each(["gateway", "historian"] as const)("says after two seconds that the %s has not answered", async (from) => {
  const element = await mount(new Loading(), { from });
  expect(await after(1_900, element)).toBe("Loading…");
  expect(await after(200, element)).toContain(`the ${from} has not answered yet`);
});

it("begins again if it is removed and shown again", async () => {
  const element = await mount(new Loading());
  await after(2_100, element);
  element.remove();
  document.body.append(element);
  expect(await after(1_000, element)).toBe("Loading…");
  element.remove();
});
