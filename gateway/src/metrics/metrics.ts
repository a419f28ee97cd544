import type { CommandEvent } from "@fleetlog/domain";
import type { LogStatus } from "@fleetlog/log";
import type { Heartbeat } from "@fleetlog/protocol";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { TlsObserver } from "../net/tls/observer.ts";
import type { SessionObserver } from "../sessions/index.ts";

export interface TlsFiles {
  /** By setting: when the first certificate or revocation list of its file ends. */
  readonly ends: ReadonlyMap<string, Date>;
  /** Whether what is in use is what lies in the files. */
  readonly current: boolean;
}

export interface MetricsSources {
  readonly connections: () => Readonly<Record<string, number>>;
  readonly sessions: () => number;
  readonly logStatus: () => LogStatus;
  /** Heartbeats of other processes, not older than a few intervals. */
  readonly heartbeats: () => readonly Heartbeat[];
  /** Those that answer. */
  readonly streams: () => Promise<
    readonly { readonly name: string; readonly bytes: number; readonly maxBytes: number }[]
  >;
  /** Undefined where nothing listens by TLS. */
  readonly tls: () => TlsFiles | undefined;
}

const LATENCY_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

const OUTCOMES: Readonly<Record<CommandEvent["type"], string>> = {
  CommandIssued: "issued",
  CommandDelivered: "delivered",
  CommandCompleted: "completed",
  CommandFailed: "failed",
  CommandExpired: "expired",
  CommandCancelled: "cancelled",
};

/** What this node counts, for Prometheus. Names and units follow its naming rules (base units, `_total`). */
export class Metrics implements SessionObserver, TlsObserver {
  readonly #registry = new Registry();
  readonly #received: Counter;
  readonly #acknowledged: Counter;
  readonly #refused: Counter<"code">;
  readonly #append: Histogram;
  readonly #commands: Counter<"outcome">;
  readonly #http: Histogram<"method" | "route" | "status">;
  readonly #certificates: Counter<"reason">;
  readonly #logins: Counter<"protocol" | "reason">;

  constructor(sources: MetricsSources) {
    const registers = [this.#registry];
    this.#received = new Counter({
      name: "fleetlog_events_received_total",
      help: "Events taken from devices",
      registers,
    });
    this.#acknowledged = new Counter({
      name: "fleetlog_events_acknowledged_total",
      help: "Events acknowledged to devices, each after the log's acknowledgement",
      registers,
    });
    this.#refused = new Counter({
      name: "fleetlog_events_refused_total",
      help: "Events refused, by error code",
      labelNames: ["code"],
      registers,
    });
    this.#append = new Histogram({
      name: "fleetlog_log_append_seconds",
      help: "From an event's arrival to the log's acknowledgement",
      buckets: LATENCY_SECONDS,
      registers,
    });
    this.#commands = new Counter({
      name: "fleetlog_commands_total",
      help: "Command events by outcome, of the whole fleet as this node sees them: take the maximum over nodes, not the sum",
      labelNames: ["outcome"],
      registers,
    });
    this.#http = new Histogram({
      name: "fleetlog_http_request_seconds",
      help: "HTTP requests by route",
      labelNames: ["method", "route", "status"],
      buckets: LATENCY_SECONDS,
      registers,
    });
    this.#certificates = new Counter({
      name: "fleetlog_client_certificates_refused_total",
      help: "Client certificates that were shown and are not trusted, by reason",
      labelNames: ["reason"],
      registers,
    });
    this.#logins = new Counter({
      name: "fleetlog_logins_refused_total",
      help: "Devices that were not let in, by protocol and reason",
      labelNames: ["protocol", "reason"],
      registers,
    });
    for (const outcome of Object.values(OUTCOMES)) this.#commands.inc({ outcome }, 0);
    gauges(sources, registers);
    // Memory, event loop and garbage collection under their usual names, so that ready-made dashboards show them.
    collectDefaultMetrics({ register: this.#registry });
  }

  received(count: number): void {
    this.#received.inc(count);
  }

  acknowledged(count: number, milliseconds: number): void {
    this.#acknowledged.inc(count);
    this.#append.observe(milliseconds / 1_000);
  }

  refused(code: string): void {
    this.#refused.inc({ code });
  }

  command(type: CommandEvent["type"]): void {
    this.#commands.inc({ outcome: OUTCOMES[type] });
  }

  http(method: string, route: string, status: number, seconds: number): void {
    this.#http.observe({ method, route, status }, seconds);
  }

  loginRefused(protocol: string, reason: string): void {
    this.#logins.inc({ protocol, reason });
  }

  certificateRefused(reason: string): void {
    this.#certificates.inc({ reason });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

/** Read when Prometheus asks, not kept up to date for nobody. */
function gauges(sources: MetricsSources, registers: Registry[]): void {
  new Gauge({
    name: "fleetlog_connections",
    help: "Open connections by protocol, logged in or not",
    labelNames: ["protocol"],
    registers,
    collect() {
      for (const [protocol, count] of Object.entries(sources.connections())) this.set({ protocol }, count);
    },
  });
  new Gauge({
    name: "fleetlog_sessions",
    help: "Device sessions that this node holds",
    registers,
    collect() {
      this.set(sources.sessions());
    },
  });
  new Gauge({
    name: "fleetlog_log_ready",
    help: "1 while the log takes events, else 0",
    registers,
    collect() {
      this.set(sources.logStatus() === "ready" ? 1 : 0);
    },
  });
  const ofStreams = (name: string, help: string, field: "bytes" | "maxBytes") =>
    new Gauge({
      name,
      help,
      labelNames: ["stream"],
      registers,
      async collect() {
        const streams = await sources.streams();
        this.reset();
        for (const stream of streams) this.set({ stream: stream.name }, stream[field]);
      },
    });
  ofStreams("fleetlog_stream_bytes", "What a stream holds; missing while the log does not answer", "bytes");
  ofStreams("fleetlog_stream_max_bytes", "What it may grow to: full, FLEET refuses and TELEMETRY forgets", "maxBytes");
  new Gauge({
    name: "fleetlog_tls_expiry_timestamp_seconds",
    help: "When the first certificate or revocation list of a setting's file ends, in seconds since 1970",
    labelNames: ["setting"],
    registers,
    collect() {
      this.reset();
      for (const [setting, end] of sources.tls()?.ends ?? []) this.set({ setting }, end.getTime() / 1_000);
    },
  });
  new Gauge({
    name: "fleetlog_tls_files_in_use",
    help: "1 while the TLS files are those in use, 0 while what lies there can't be used and the earlier ones are",
    registers,
    collect() {
      const tls = sources.tls();
      if (tls === undefined) this.remove();
      else this.set(tls.current ? 1 : 0);
    },
  });
  new Gauge({
    name: "fleetlog_projection_lag_events",
    help: "Events that a projector has still to take into its views",
    labelNames: ["projector"],
    registers,
    collect() {
      this.reset();
      for (const heartbeat of sources.heartbeats())
        if (heartbeat.kind === "projector") this.set({ projector: heartbeat.id }, heartbeat.lag);
    },
  });
}
