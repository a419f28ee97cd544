import { FleetError } from "@fleetlog/domain";
import type { NatsConnection } from "@nats-io/nats-core";
import { connect, credsAuthenticator, errors } from "@nats-io/transport-node";
import type { Backbone } from "../backbone.ts";
import type { AppendWindow } from "../flow/window.ts";
import { type Logger, silent } from "../logger.ts";
import type { StreamDeclaration } from "../streams.ts";
import { NatsBuckets } from "./buckets.ts";
import { NatsBus } from "./bus.ts";
import { Fetcher } from "./fetch.ts";
import type { LaneTiming } from "./lane.ts";
import { Link } from "./link.ts";
import { JetStreamLog } from "./log.ts";

export interface BackboneOptions {
  /** `nats://host:port`, several separated by commas. */
  readonly url: string;
  /** What this connection is called in the server's listings. */
  readonly name: string;
  readonly streams: readonly StreamDeclaration[];
  readonly window?: AppendWindow;
  readonly logger?: Logger;
  readonly token?: string;
  /** The text of a NATS credentials file. */
  readonly creds?: string;
  /** How long to wait for the server at the start, in milliseconds; default 30,000. Afterwards it is waited for for ever. */
  readonly connectWithinMs?: number;
  /** For tests that must not wait for it. */
  readonly timing?: Partial<LaneTiming>;
}

/** nats-server 2.9 is the first with named ephemeral consumers and direct get. */
const OLDEST = [2, 9] as const;

const TIMING: Omit<LaneTiming, "trustDuplicatesMs"> = { ackTimeoutMs: 5_000, pauseMs: [50, 2_000], fullPauseMs: 1_000 };

/**
 * Connects a process to NATS, brings the streams to their declarations, and keeps the connection for as long as it runs.
 *
 * @throws FleetError `log-unavailable`: the server was not there in time, refuses us, is too old, or can't have the
 * streams as they are declared; the message says which
 */
export async function connectBackbone(options: BackboneOptions): Promise<Backbone> {
  const logger = options.logger ?? silent;
  const until = Date.now() + (options.connectWithinMs ?? 30_000);
  const link = new Link(await dial(options, until, logger), logger);
  try {
    if (!link.offers(...OLDEST)) {
      throw new FleetError("log-unavailable", `nats-server ${link.nc.info?.version} is too old`, {
        advice: `Use nats-server ${OLDEST.join(".")} or newer.`,
      });
    }
    const fetcher = new Fetcher(link);
    const window = options.streams.map(({ duplicateWindowMs }) => duplicateWindowMs);
    // Half of the time for which the server remembers an id: the other half is for what is on its way.
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
        // A server that starts may refuse for a moment what it accepts later.
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
      const why = cause instanceof Error ? cause.message : String(cause);
      if (cause instanceof errors.AuthorizationError) {
        throw new FleetError("log-unavailable", `nats-server at ${options.url} refuses us: ${why}`, {
          advice: "Check the token or the credentials file.",
          cause,
        });
      }
      if (Date.now() >= until) {
        throw new FleetError("log-unavailable", `nats-server at ${options.url} can't be reached: ${why}`, { cause });
      }
      if (attempt === 0) logger.warn({ url: options.url, error: cause }, "waiting for nats-server");
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

/** Between two attempts to connect again: from a tenth of a second to two, never for all processes alike. */
function backoff(): () => number {
  return () => 100 + Math.random() * 1_900 * Math.random();
}
