import { FleetError } from "@fleetlog/domain";
import { errors } from "@nats-io/nats-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { steadyTime } from "../../steady-time.ts";
import { JetStreamApiFailure } from "./api-error.ts";
import { attempt, untilFound } from "./attempt.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const connection = { up: true, whenUp: async () => {} };
/** The outcome of a call, and the milliseconds that it took. The call must end within two minutes. */
async function outcomeOf(call: Promise<unknown>) {
  const began = Date.now();
  const outcome = call.catch((thrown: unknown) => thrown).then((result) => ({ result, ms: Date.now() - began }));
  await vi.advanceTimersByTimeAsync(120_000);
  return outcome;
}

/** An error as the client library reports it. */
const apiError = (code: number, message: string) => Object.assign(new Error(message), { code });
const notFound = apiError(10059, "stream not found");

/** The call fails with `error` for `forMs`. */
async function run(error: Error, forMs: number, patientMs?: number) {
  const began = Date.now();
  const waiting = vi.fn();
  const call = async () => {
    if (Date.now() - began < forMs) throw error;
    return "done";
  };
  const patience = patientMs === undefined ? undefined : { until: steadyTime() + patientMs, waiting };
  return { ...(await outcomeOf(attempt(connection, call, patience))), waiting };
}

describe("a call of a bucket", () => {
  it.each([
    ["a leader that does not know the stream yet", notFound],
    [
      "a leader that does not know the stream yet, as the API reports it",
      new JetStreamApiFailure({ code: 404, err_code: 10059, description: "stream not found" }),
    ],
    ["a leader that does not know all servers", apiError(10005, "no suitable peers for placement")],
    ["a cluster without a leader", apiError(10008, "JetStream system temporarily unavailable")],
    ["no server that answers", new errors.NoRespondersError("$JS.API.STREAM.INFO.KV_x")],
  ])("waits two seconds for %s", async (_, error) => {
    expect(await run(error, 1_000)).toMatchObject({ result: "done" });
    const { result, ms } = await run(error, 60_000);
    expect(result).toMatchObject({ code: "log-unavailable", message: expect.stringContaining(error.message) });
    expect(ms).toBeLessThan(2_000);
  });

  it.each([
    ["a stream that is not found", notFound],
    ["no answer in time", new errors.TimeoutError()],
    ["a call that was repeated for the usual time", new FleetError("log-unavailable", "the log can't be reached")],
  ])("waits longer while a cluster is being formed, and reports it once: %s", async (_, error) => {
    const late = await run(error, 10_000, 30_000);
    expect(late.result).toBe("done");
    expect(late.waiting).toHaveBeenCalledExactlyOnceWith(error);
    const never = await run(error, 60_000, 30_000);
    expect(never.result).toMatchObject({ code: "log-unavailable" });
    expect(never.ms).toBeLessThanOrEqual(30_000);
  });

  it.each([
    ["another error of the server", apiError(10025, "invalid JSON"), "log-unavailable"],
    ["a server without space", apiError(10047, "insufficient storage resources available"), "log-full"],
    ["a refusal", new FleetError("log-full", "the bucket is full"), "log-full"],
    [
      "a subject that is not permitted",
      new FleetError("log-unavailable", "the log can't be reached", {
        cause: new errors.PermissionViolationError("no", "publish", "$JS.API.INFO"),
      }),
      "log-unavailable",
    ],
  ])("does not wait for %s", async (_, error, code) => {
    expect(await run(error, 60_000, 30_000)).toMatchObject({ result: { code }, ms: 0 });
  });

  it("does not wait if the connection was lost meanwhile", async () => {
    connection.up = false;
    const { result, ms } = await run(new errors.TimeoutError(), 60_000, 30_000);
    connection.up = true;
    expect(result).toMatchObject({ code: "log-unavailable" });
    expect(ms).toBe(0);
  });
});

describe("a call at the start", () => {
  const failure = (err_code: number) =>
    new JetStreamApiFailure({ code: 404, err_code, description: "stream not found" });

  async function start(error: Error, forMs: number) {
    const began = Date.now();
    const logger = { warn: vi.fn(), info() {}, error() {} };
    const call = async () => {
      if (Date.now() - began < forMs) throw error;
      return "done";
    };
    return {
      ...(await outcomeOf(untilFound({ logger }, "FLEET", 30_000, call))),
      warnings: logger.warn.mock.calls,
    };
  }

  it.each([
    ["not found", failure(10059)],
    ["in use, but not found yet", failure(10058)],
    ["not found when it is updated", new FleetError("log-unavailable", "FLEET", { cause: failure(10059) })],
  ])("waits for a stream that is %s, and logs once that it takes long", async (_, error) => {
    const late = await start(error, 10_000);
    expect(late.result).toBe("done");
    expect(late.warnings).toEqual([
      [{ stream: "FLEET", reason: error.message }, "waiting for nats-server to find a stream"],
    ]);
    expect((await start(error, 3_000)).warnings).toEqual([]);
    const never = await start(error, 60_000);
    expect(never.result).toMatchObject({ name: "FleetError", code: "log-unavailable" });
    expect(never.ms).toBeLessThanOrEqual(30_000);
  });

  it("does not wait for other errors", async () => {
    const overlap = failure(10065);
    expect(await start(overlap, 60_000)).toEqual({ result: overlap, warnings: [], ms: 0 });
  });
});
