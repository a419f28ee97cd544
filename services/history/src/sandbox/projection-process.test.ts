import { readdirSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ProjectionProcess } from "./projection-process.ts";

const EVENTS = JSON.stringify([{ seq: 1, type: "DeviceRegistered", subject: "fleet.device.a", data: { device: "a" } }]);

/** A killed process needs processor time to end. It has a low priority, so a busy machine gives it little. */
const END_MS = 50_000;

const never = new AbortController().signal;
const begun: ProjectionProcess[] = [];
afterEach(async () => {
  for (const one of begun.splice(0)) {
    one.kill();
    await vi.waitFor(() => expect(() => process.kill(one.pid ?? 0, 0)).toThrow(), END_MS);
  }
});

async function begin(code: string, signal = never, killMs = 20_000) {
  const projection = await ProjectionProcess.begin(code, { signal, priority: "low", limits: { taskMs: 300, killMs } });
  begun.push(projection);
  return projection;
}

const refusal = (message: RegExp) => ({
  code: "invalid-request",
  field: "projection.code",
  message: expect.stringMatching(message),
});

describe("a projection in a process of its own", () => {
  it("is folded, and its process ends with its result", async () => {
    const projection = await begin("function evolve(row = 0) { return row + 1 }");
    await projection.fold(EVENTS);
    await projection.fold(EVENTS);
    expect(await projection.finish()).toEqual({ rows: [{ key: "a", row: 2 }], moreRows: 0, events: 2 });
    await expect(projection.fold(EVENTS)).rejects.toMatchObject(refusal(/its process has ended/));
  });

  it.runIf(process.platform === "linux")("has a lower priority than the processes that serve devices", async () => {
    const { pid } = await begin("function evolve() { return 1 }");
    for (const thread of readdirSync(`/proc/${pid}/task`)) expect(getPriority(Number(thread)), thread).toBe(10);
    expect(readFileSync(`/proc/${pid}/oom_score_adj`, "utf8")).toBe("1000\n");
  });

  it("that loops is ended with a clear error", async () => {
    const looping = await begin("function evolve() { for (;;); }");
    await expect(looping.fold(EVENTS)).rejects.toMatchObject(refusal(/longer than 0.3 s/));
  });

  it("that needs too much memory is ended with a clear error", async () => {
    const code = "const all = []; function evolve() { for (;;) all.push(new Uint8Array(1e6)) }";
    const eating = await begin(code, never, 5_000);
    await expect(eating.fold(EVENTS)).rejects.toMatchObject(refusal(/memory|longer/));
  });

  it("is killed inside a native function that can't be interrupted, or when its caller has gone", async () => {
    const native = await begin("function evolve() { Array(2 ** 28).join('abc') }", never, 1_000);
    await expect(native.fold(EVENTS)).rejects.toMatchObject(refusal(/longer than 1 s|memory/));
    const gone = new AbortController();
    const unwanted = await begin("function evolve() { Array(2 ** 28).join('abc') }", gone.signal);
    const folding = unwanted.fold(EVENTS);
    gone.abort(new Error("it would take longer than 120 s"));
    await expect(folding).rejects.toThrow("it would take longer than 120 s");
    await expect(unwanted.fold(EVENTS)).rejects.toThrow("it would take longer than 120 s");
  });
});
