import type { ReactiveController, ReactiveControllerHost } from "lit";
import { expect, it, vi } from "vitest";
import { feed } from "../data/feed/feed.ts";
import { WatchController } from "./watch.ts";

it("a watch begins with its host, ends with it, and does not begin again by an update that comes later", () => {
  const end = vi.fn();
  const watch = vi.spyOn(feed, "watch").mockReturnValue({ change: () => {}, end });
  let controller: ReactiveController | undefined;
  const host: ReactiveControllerHost = {
    addController(added) {
      controller = added;
    },
    removeController() {},
    requestUpdate() {},
    updateComplete: Promise.resolve(true),
  };
  new WatchController(
    host,
    () => ({ topic: "commands", keys: ["c1"] }),
    () => {},
  );
  controller?.hostConnected?.();
  controller?.hostUpdated?.();
  expect(watch).toHaveBeenCalledOnce();
  controller?.hostDisconnected?.();
  controller?.hostUpdated?.();
  expect([watch.mock.calls.length, end.mock.calls.length]).toEqual([1, 1]);
  controller?.hostConnected?.();
  controller?.hostUpdated?.();
  expect(watch).toHaveBeenCalledTimes(2);
});
