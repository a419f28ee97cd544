// @vitest-environment happy-dom
import { afterEach, expect, it } from "vitest";
import { all, mount, textOf, unmountAll } from "../../../testing/dom.ts";
import type { Outcome } from "./batch.ts";
import { BulkOutcome } from "./bulk-outcome.ts";

afterEach(unmountAll);

function outcome(state: "completed" | "failed" | "expired" | "cancelled", answer: object): Outcome {
  return { device: state, state, command: { id: `command-${state}`, state, ...answer } } as Outcome;
}

it("the outcome of a command for many devices lists what devices answered, but no errors of commands without an answer", async () => {
  const element = await mount(new BulkOutcome(), {
    outcomes: [
      outcome("completed", { result: "done" }),
      outcome("failed", { error: { code: "busy", message: "the pump runs" } }),
      outcome("expired", { error: { code: "expired", message: "the device has not answered before noon" } }),
      outcome("cancelled", { error: { code: "cancelled", message: "it was cancelled" } }),
    ],
  });
  expect(all(element, ".text").map(textOf).toSorted()).toEqual(["done", "the pump runs"]);
});
