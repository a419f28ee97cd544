import { FleetError } from "@fleetlog/domain";
import { answersOf, NEEDS } from "../access/roles.ts";
import type { Backbone } from "../backbone.ts";
import type { AppendWindow } from "../flow/admission.ts";
import { logServer } from "../log-server.ts";
import { silent } from "../logger.ts";
import { steadyTime } from "../steady-time.ts";
import type { StreamDeclaration } from "../streams.ts";
import { NatsBuckets } from "./buckets.ts";
import { NatsBus } from "./bus.ts";
import { OLDEST } from "./connection/capabilities.ts";
import { type DialOptions, dial } from "./connection/dial.ts";
import { ServerConnection } from "./connection/server-connection.ts";
import { serverTime } from "./connection/server-time.ts";
import { JetStreamLog, type LogTiming } from "./log.ts";
import { Fetcher } from "./read/fetch.ts";

export interface BackboneOptions extends DialOptions {
  readonly streams: readonly StreamDeclaration[];
  readonly window?: AppendWindow;
  /** When the server syncs events to disk: `always` or an interval; undefined if unknown. */
  readonly sync?: string;
  /** The longest wait for the server at the start, and then for the buckets, in milliseconds; default 30,000. */
  readonly connectWithinMs?: number;
  readonly timing?: Partial<LogTiming>;
}

const TIMING: Omit<LogTiming, "trustDuplicatesMs"> = {
  verifyMs: 10_000,
  ackTimeoutMs: 5_000,
  pauseMs: [50, 2_000],
  fullPauseMs: 1_000,
};

/**
 * Connects, and creates or updates the streams. A lost connection is retried for ever.
 * @throws FleetError `log-unavailable` if the server can't be reached in time, refuses the credentials, is too old, or
 * rejects the streams
 */
export async function connectBackbone(options: BackboneOptions): Promise<Backbone> {
  const logger = options.logger ?? silent;
  const within = options.connectWithinMs ?? 30_000;
  const until = steadyTime() + within;
  const connection = new ServerConnection(await dial({ ...options, logger }, until), logger);
  try {
    const { usable, version } = connection.capabilities;
    if (!usable) {
      throw new FleetError("log-unavailable", `nats-server ${version} is too old`, {
        advice: `Use nats-server ${OLDEST} or newer.`,
      });
    }
    const fetcher = new Fetcher(connection);
    const windows = options.streams.map(({ duplicateWindowMs }) => duplicateWindowMs);
    // Half of the duplicate window leaves a margin for messages in flight.
    const timing = { ...TIMING, trustDuplicatesMs: Math.min(...windows) / 2, ...options.timing };
    const updatesStreams = options.role === undefined || NEEDS[options.role].updatesStreams;
    const { streams, window = {}, sync } = options;
    const replicas = Math.max(1, ...options.streams.map((stream) => stream.replicas));
    const buckets = new NatsBuckets(connection, fetcher, replicas, 0, updatesStreams);
    const log = new JetStreamLog(connection, fetcher, { streams, window, timing, updatesStreams, sync, buckets });
    await log.prepare(Math.max(until - steadyTime(), 5_000));
    return {
      log,
      bus: new NatsBus(connection, answersOf(options.role)),
      buckets: new NatsBuckets(connection, fetcher, replicas, steadyTime() + within, updatesStreams),
      get logServer() {
        return logServer(connection.nc.info?.version ?? "", options.sync);
      },
      serverTime: () => serverTime(connection, "FLEET"),
      async close({ timeoutMs = 5_000 } = {}) {
        await log.close(timeoutMs);
        await connection.close();
      },
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}
