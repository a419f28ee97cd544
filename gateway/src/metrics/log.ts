import type { LogStatus } from "@fleetlog/log";
import type { Heartbeat } from "@fleetlog/protocol";
import { Gauge, type Metric } from "prom-client";
import { archiveGauges } from "./archive.ts";

interface StreamSize {
  readonly name: string;
  readonly bytes: number;
  readonly maxBytes: number;
}

/**
 * State of the log, read at every scrape.
 * @param streams without streams that do not answer
 * @param missing number of missing entries of FLEET that this process has found
 */
export function logGauges(
  status: () => LogStatus,
  streams: () => Promise<readonly StreamSize[]>,
  missing: () => number,
): readonly Metric[] {
  const ready = new Gauge({
    name: "fleetlog_log_ready",
    help: "1 while the log takes events, else 0",
    registers: [],
    collect() {
      this.set(status() === "ready" ? 1 : 0);
    },
  });
  const ofStreams = (name: string, help: string, field: "bytes" | "maxBytes") =>
    new Gauge({
      name,
      help,
      labelNames: ["stream"],
      registers: [],
      async collect() {
        const answered = await streams();
        this.reset();
        for (const stream of answered) this.set({ stream: stream.name }, stream[field]);
      },
    });
  const gaps = new Gauge({
    name: "fleetlog_log_missing_entries",
    help: "At least this many entries of FLEET are missing: its store is damaged",
    registers: [],
    collect() {
      this.set(missing());
    },
  });
  return [
    ready,
    gaps,
    ofStreams("fleetlog_stream_bytes", "Bytes in a stream; missing while the log does not answer", "bytes"),
    ofStreams(
      "fleetlog_stream_max_bytes",
      "Maximum bytes of a stream; when full, FLEET refuses events and TELEMETRY drops its oldest",
      "maxBytes",
    ),
  ] as readonly Metric[];
}

export function lagGauges(heartbeats: () => readonly Heartbeat[]): readonly Metric[] {
  return [projectionLag(heartbeats), historyLag(heartbeats), markProblems(heartbeats), ...archiveGauges(heartbeats)];
}

function markProblems(heartbeats: () => readonly Heartbeat[]): Metric {
  return new Gauge({
    name: "fleetlog_log_mark_problems",
    help: "Marks of the log that are wrong or do not match the log: events were changed or are missing",
    labelNames: ["historian"],
    registers: [],
    collect() {
      this.reset();
      for (const heartbeat of heartbeats()) {
        if (heartbeat.kind !== "historian" || heartbeat.marks === undefined) continue;
        this.set({ historian: heartbeat.id }, heartbeat.marks.problems);
      }
    },
  });
}

function historyLag(heartbeats: () => readonly Heartbeat[]): Metric {
  return new Gauge({
    name: "fleetlog_history_lag_events",
    help: "Events that a historian's history does not have yet",
    labelNames: ["historian"],
    registers: [],
    collect() {
      this.reset();
      for (const heartbeat of heartbeats()) {
        if (heartbeat.kind === "historian") this.set({ historian: heartbeat.id }, heartbeat.lag);
      }
    },
  });
}

function projectionLag(heartbeats: () => readonly Heartbeat[]): Metric {
  return new Gauge({
    name: "fleetlog_projection_lag_events",
    help: "Events that a projector has not yet applied to its views",
    labelNames: ["projector"],
    registers: [],
    collect() {
      this.reset();
      for (const heartbeat of heartbeats()) {
        if (heartbeat.kind === "projector") this.set({ projector: heartbeat.id }, heartbeat.lag);
      }
    },
  });
}
