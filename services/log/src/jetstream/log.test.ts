import { afterEach, expect, it, vi } from "vitest";
import { declareStreams } from "../streams.ts";
import type { ServerConnection } from "./connection/server-connection.ts";
import { JetStreamLog } from "./log.ts";
import { Fetcher } from "./read/fetch.ts";
import { simulatedConnection } from "./read/testing/simulated-connection.ts";

afterEach(() => vi.useRealTimers());

const logger = { info() {}, warn() {}, error() {} };

function logOf(connection: ServerConnection, verifyMs = 100): JetStreamLog {
  const limits = { maxBytes: 1024 * 1024, replicas: 3 };
  const timing = { verifyMs, ackTimeoutMs: 1, pauseMs: [1, 1], fullPauseMs: 1, trustDuplicatesMs: 1 } as const;
  return new JetStreamLog(connection, new Fetcher(connection), {
    streams: declareStreams({ FLEET: limits, TELEMETRY: limits }),
    window: {},
    timing,
    updatesStreams: true,
    sync: undefined,
  });
}

it("a connected log names a stream without a leader as its problem, until the stream has one again", async () => {
  vi.useFakeTimers();
  let leader: string | undefined;
  const api = async () => ({ state: { messages: 0, first_seq: 1, last_seq: 0 }, cluster: { leader, replicas: [] } });
  const connection = {
    api,
    logger,
    up: true,
    inbox: () => "inbox",
    onChange: () => () => {},
    receiveNumbered: () => () => {},
  } as unknown as ServerConnection;
  const log = logOf(connection);
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

it("a subscription skips no entry that a leader lacks only because it was just elected", async () => {
  let asked = 0;
  // After the first answer another server is elected, which has applied all entries when it has answered for its last sequence.
  const applied = () => (asked === 1 || asked === 2 ? 4 : 9);
  const starts: (number | undefined)[] = [];
  const connection = simulatedConnection({
    range: () => (asked++ === 1 ? { firstSeq: 1, lastSeq: 4 } : { firstSeq: 1, lastSeq: 9 }),
    find: ({ seq = 0 }) => (seq <= applied() ? seq : undefined),
    consume: ({ opt_start_seq }) => {
      starts.push(opt_start_seq);
      return [];
    },
    connection: { logger, receiveNumbered: () => () => {}, receiveEntries: () => () => {} },
  });
  const log = logOf(connection, 60_000);
  const subscription = log.subscribe({ stream: "FLEET", from: 6, onBatch() {} });
  await vi.waitFor(() => expect(starts).toEqual([6]));
  expect(log.missing.ranges).toEqual([]);
  await subscription.stop();
  await log.close(1);
});
