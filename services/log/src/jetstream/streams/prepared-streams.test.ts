import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { declareStreams } from "../../streams.ts";
import { JetStreamApiFailure } from "../connection/api-error.ts";
import { capabilitiesOf } from "../connection/capabilities.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import { PreparedStreams } from "./prepared-streams.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("a process that may not make streams waits for an optional stream without a time limit, logs the wait once, and notes the stream's state", async () => {
  let isMade = false;
  let requests = 0;
  let changed: (up: boolean) => void = () => {};
  const info = {
    config: { num_replicas: 3, max_bytes: -1 },
    state: { messages: 0, bytes: 0, first_seq: 1, last_seq: 7 },
    cluster: { leader: "a" },
  };
  const warnings: unknown[] = [];
  const connection = {
    up: true,
    capabilities: capabilitiesOf("2.15.1", 2),
    askCapabilities: async () => {},
    onChange: (listener: typeof changed) => {
      changed = listener;
    },
    async api(subject: string) {
      if (!subject.startsWith("$JS.API.STREAM.INFO.")) throw new Error(`not permitted: ${subject}`);
      requests += 1;
      if (isMade) return info;
      throw new JetStreamApiFailure({ code: 404, err_code: 10059, description: "stream not found" });
    },
    logger: { info() {}, error() {}, warn: (_: object, text: string) => void warnings.push(text) },
  } as unknown as ServerConnection;
  const limits = { maxBytes: 1024, replicas: 3 };
  const all = declareStreams({ FLEET: limits, TELEMETRY: limits, DELIVERY: limits });
  const noteState = vi.fn();
  const prepared = new PreparedStreams(connection, {
    streams: all.filter(({ name }) => name === "DELIVERY"),
    appender: { noteState, disconnected() {}, reconnected() {} },
    updatesStreams: false,
    verifyMs: 1_000_000,
    onMissing() {},
    buckets: undefined,
  });
  await prepared.prepare(5_000);
  await vi.advanceTimersByTimeAsync(300_000);
  expect(noteState).not.toHaveBeenCalled();
  const inAMinute = async () => {
    requests = 0;
    await vi.advanceTimersByTimeAsync(60_000);
    return requests;
  };
  const usual = await inAMinute();
  const logged = warnings.filter((text) => text === "a stream is not ready; its events are not stored").length;
  expect(logged).toBe(1);
  // Reconnections at short intervals do not leave searches behind.
  for (let i = 0; i < 5; i++) {
    changed(false);
    changed(true);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  await inAMinute();
  expect(await inAMinute()).toBeLessThanOrEqual(usual + 10);
  isMade = true;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(noteState).toHaveBeenCalledWith("DELIVERY", expect.objectContaining({ lastSeq: 7, replicas: 3 }));
  prepared.close();
});
