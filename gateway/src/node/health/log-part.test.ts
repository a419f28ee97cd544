import { memoryBackbone } from "@fleetlog/log";
import { expect, it, vi } from "vitest";
import type { Core } from "../core.ts";
import { logPart } from "./log-part.ts";

it("the log part is not ready while the log does not answer, and gives the log's own reason if there is one", async () => {
  let problem: string | undefined;
  const { log, ...rest } = memoryBackbone();
  const state = () => Promise.reject(new Error("no answer"));
  const backbone = {
    ...rest,
    log: {
      status: "ready",
      onStatus: log.onStatus.bind(log),
      state,
      missing: log.missing,
      get problem() {
        return problem;
      },
    },
  };
  const part = logPart(
    { backbone, logger: { error() {}, info() {} }, clock: Date.now } as unknown as Core,
    {} as never,
  );
  expect(part.notReady?.()).toEqual([]);
  await part.start?.({ ports: {} } as never);
  await vi.waitFor(() => expect(part.notReady?.()).toEqual(["the log does not answer"]));
  problem = "no server leads the stream FLEET";
  expect(part.notReady?.()).toEqual([problem]);
  await part.stop?.();
});
