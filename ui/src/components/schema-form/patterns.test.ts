import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { PatternRequest } from "./pattern-worker.ts";
import { Patterns } from "./patterns.ts";

/** Does not answer for the pattern `hangs`. */
class StubWorker {
  onmessage: ((event: MessageEvent) => void) | null = null;
  onerror = null;
  ended = false;

  postMessage({ id, pattern, value }: PatternRequest): void {
    sent.push(value);
    if (pattern === "hangs" || this.ended) return;
    queueMicrotask(() =>
      this.onmessage?.({ data: { id, matches: new RegExp(pattern, "u").test(value) } } as MessageEvent),
    );
  }

  terminate(): void {
    this.ended = true;
  }
}

let workers: StubWorker[];
let sent: string[];
let patterns: Patterns;
beforeEach(() => {
  vi.useFakeTimers();
  [workers, sent] = [[], []];
  patterns = new Patterns(() => {
    const worker = new StubWorker();
    workers.push(worker);
    return worker as never;
  });
});
afterEach(() => vi.useRealTimers());

it("the pattern check tests values in one worker", async () => {
  expect([await patterns.matches("abc", "^[a-z]*$"), await patterns.matches("ABC", "^[a-z]*$")]).toEqual([true, false]);
  expect(workers).toHaveLength(1);
});

it("the pattern check ends a worker that does not answer, accepts the value, and does not test the pattern again", async () => {
  const slow = patterns.matches("aaaa", "hangs");
  await vi.advanceTimersByTimeAsync(1_000);
  expect([await slow, workers[0]?.ended]).toEqual([true, true]);
  expect([await patterns.matches("bbbb", "hangs"), sent]).toEqual([true, ["aaaa"]]);
  expect(await patterns.matches("A", "^[a-z]*$")).toBe(false);
  expect(workers).toHaveLength(2);
});

it("the pattern check counts very long values as matching, and any value if the browser has no workers", async () => {
  expect([await patterns.matches("A".repeat(20_000), "^a*$"), sent]).toEqual([true, []]);
  expect(await new Patterns(() => undefined).matches("A", "^a*$")).toBe(true);
});
