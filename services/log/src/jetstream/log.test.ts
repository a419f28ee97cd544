import { afterEach, expect, it, vi } from "vitest";
import { declareStreams } from "../streams.ts";
import type { ServerConnection } from "./connection/server-connection.ts";
import { JetStreamLog } from "./log.ts";
import { Fetcher } from "./read/fetch.ts";

afterEach(() => vi.useRealTimers());

it("a connected log names a stream without a leader as its problem, until the stream has one again", async () => {
  vi.useFakeTimers();
  let leader: string | undefined;
  const api = async () => ({ state: { messages: 0, first_seq: 1, last_seq: 0 }, cluster: { leader, replicas: [] } });
  const logger = { info() {}, warn() {}, error() {} };
  const connection = {
    api,
    logger,
    up: true,
    inbox: () => "inbox",
    onChange: () => () => {},
    receiveNumbered: () => () => {},
  } as unknown as ServerConnection;
  const limits = { maxBytes: 1024 * 1024, replicas: 3 };
  const timing = { verifyMs: 100, ackTimeoutMs: 1, pauseMs: [1, 1], fullPauseMs: 1, trustDuplicatesMs: 1 } as const;
  const log = new JetStreamLog(connection, new Fetcher(connection), {
    streams: declareStreams({ FLEET: limits, TELEMETRY: limits }),
    window: {},
    timing,
    updatesStreams: true,
    sync: undefined,
  });
  expect(log.problem).toBeUndefined();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(log.problem).toMatch(/no server .* leads the stream FLEET/);
  leader = "a";
  await vi.advanceTimersByTimeAsync(3_000);
  expect(log.problem).toBeUndefined();
  const closed = log.close(1);
  await vi.advanceTimersByTimeAsync(1);
  await closed;
});
