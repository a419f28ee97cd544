import { FleetError } from "@fleetlog/domain";
import type { NatsConnection } from "@nats-io/nats-core";
import { connect, credsAuthenticator, errors } from "@nats-io/transport-node";
import type { Backbone } from "../backbone.ts";
import type { AppendWindow } from "../flow/admission.ts";
import { type Logger, silent } from "../logger.ts";
import type { StreamDeclaration } from "../streams.ts";
import { NatsBuckets } from "./buckets.ts";
import { NatsBus } from "./bus.ts";
import { Fetcher } from "./fetch.ts";
import { Link } from "./link.ts";
import { JetStreamLog } from "./log.ts";
import type { PipelineTiming } from "./pipeline.ts";

export interface BackboneOptions {
  /** `nats://host:port`, several separated by commas. */
  readonly url: string;
  /** Name of the connection in the server's monitoring. */
  readonly name: string;
  readonly streams: readonly StreamDeclaration[];
  readonly window?: AppendWindow;
  readonly logger?: Logger;
  readonly token?: string;
  /** The text of a NATS credentials file. */
  readonly creds?: string;
  /** How long to wait for the server at the start, in milliseconds; default 30,000. Later it reconnects for ever. */
  readonly connectWithinMs?: number;
  /** For tests, which need shorter times. */
  readonly timing?: Partial<PipelineTiming>;
}

/** The first version with named ephemeral consumers and direct get. */
const MIN_VERSION = [2, 9] as const;

const TIMING: Omit<PipelineTiming, "trustDuplicatesMs"> = {
  ackTimeoutMs: 5_000,
  pauseMs: [50, 2_000],
  fullPauseMs: 1_000,
};

/**
 * Connects the process to NATS, and creates or updates the streams. Reconnects for ever once it is connected.
 *
 * @throws FleetError `log-unavailable` if the server can't be reached in time, refuses the credentials, is too old, or can't
 * have the declared streams; the message says which
 */
export async function connectBackbone(options: BackboneOptions): Promise<Backbone> {
  const logger = options.logger ?? silent;
  const until = Date.now() + (options.connectWithinMs ?? 30_000);
  const link = new Link(await dial(options, until, logger), logger);
  try {
    if (!link.isServerAtLeast(...MIN_VERSION)) {
      throw new FleetError("log-unavailable", `nats-server ${link.nc.info?.version} is too old`, {
        advice: `Use nats-server ${MIN_VERSION.join(".")} or newer.`,
      });
    }
    const fetcher = new Fetcher(link);
    const window = options.streams.map(({ duplicateWindowMs }) => duplicateWindowMs);
    // Half of the time for which the server remembers ids: the other half is a margin for messages in flight.
    const timing = { ...TIMING, trustDuplicatesMs: Math.min(...window) / 2, ...options.timing };
    const log = new JetStreamLog(link, fetcher, options.streams, options.window ?? {}, timing);
    await log.prepare(Math.max(until - Date.now(), 5_000));
    const replicas = Math.max(1, ...options.streams.map((stream) => stream.replicas));
    return {
      log,
      bus: new NatsBus(link),
      buckets: new NatsBuckets(link, fetcher, replicas),
      async close({ timeoutMs = 5_000 } = {}) {
        await log.close(timeoutMs);
        await link.close();
      },
    };
  } catch (error) {
    await link.close();
    throw error;
  }
}

async function dial(options: BackboneOptions, until: number, logger: Logger): Promise<NatsConnection> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await connect({
        servers: options.url.split(",").map((server) => server.trim()),
        name: options.name,
        maxReconnectAttempts: -1,
        reconnectDelayHandler: backoff(),
        // A starting server may refuse valid credentials for a moment.
        ignoreAuthErrorAbort: true,
        timeout: 5_000,
        pingInterval: 5_000,
        maxPingOut: 2,
        noAsyncTraces: true,
        ...(options.token === undefined ? {} : { token: options.token }),
        ...(options.creds === undefined
          ? {}
          : { authenticator: credsAuthenticator(new TextEncoder().encode(options.creds)) }),
      });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      if (cause instanceof errors.AuthorizationError) {
        throw new FleetError("log-unavailable", `nats-server at ${options.url} refuses the connection: ${reason}`, {
          advice: "Check the token or the credentials file.",
          cause,
        });
      }
      if (Date.now() >= until) {
        throw new FleetError("log-unavailable", `nats-server at ${options.url} can't be reached: ${reason}`, { cause });
      }
      if (attempt === 0) logger.warn({ url: options.url, err: cause }, "waiting for nats-server");
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

/** Delay before reconnecting: 0.1 s to 2 s, random so that the processes do not reconnect at the same moment. */
function backoff(): () => number {
  return () => 100 + Math.random() * 1_900 * Math.random();
}
