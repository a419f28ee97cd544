// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ApiError } from "../../data/problem.ts";
import { dismiss, notify, notifyError, toasts } from "../../state/toasts.ts";
import { all, mount, one, settled, textOf, unmountAll } from "../../testing/dom.ts";
import { ToastRegion } from "./toast-region.ts";

afterEach(unmountAll);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  for (const { id } of toasts.value) dismiss(id);
  vi.useRealTimers();
});

const region = () => mount(new ToastRegion());
const shown = (element: ToastRegion) => all(element, ".toast").map(textOf);

it("the region announces messages with their links", async () => {
  const element = await region();
  expect(one(element, "[role=status]").getAttribute("aria-live")).toBe("polite");
  notify("good", "pump-1 is retired", {
    detail: "Its history stays.",
    link: { href: "/devices/pump-1", text: "Open" },
  });
  await settled(element);
  expect(shown(element)).toEqual(["pump-1 is retired Its history stays. Open"]);
  expect(one(element, "a").getAttribute("href")).toBe("/devices/pump-1");
});

it("the region removes messages after six seconds, and errors only on dismissal", async () => {
  const element = await region();
  notify("info", "The first 10,000 are selected");
  const error = { code: "network", title: "Gateway out of reach", detail: "No answer.", advice: "Try again." };
  notifyError("The device was not retired", new ApiError(error));
  vi.advanceTimersByTime(6_000);
  await settled(element);
  expect(shown(element)).toEqual(["The device was not retired No answer. Try again."]);
  one(element, "button[aria-label=Dismiss]").click();
  await settled(element);
  expect(shown(element)).toEqual([]);
});

it("the region shows only the last four messages", async () => {
  const element = await region();
  for (const number of [1, 2, 3, 4, 5]) notify("good", `message ${number}`);
  await settled(element);
  expect(shown(element)).toEqual(["message 2", "message 3", "message 4", "message 5"]);
});
