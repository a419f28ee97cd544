import type { Category } from "@fleetlog/domain";
import { parseReplayLine } from "@fleetlog/protocol";
import type { IsInScope } from "../access/visible.ts";
import type { Priority } from "../behind-live/priority.ts";
import type { Moment } from "../moments/as-of.ts";
import { mergedLines } from "../replay/merged.ts";
import { ProjectionProcess, type ProjectionResult } from "../sandbox/projection-process.ts";
import type { SpanReading } from "../spans/reading.ts";
import { type Span, spanOf } from "../spans/span.ts";

export interface ProjectionRun {
  readonly log: SpanReading;
  readonly code: string;
  readonly categories: readonly Category[];
  readonly from: Moment;
  readonly to: Moment;
  /** Undefined: all. */
  readonly devices: readonly string[] | undefined;
  readonly isInScope: IsInScope | undefined;
  readonly signal: AbortSignal;
  readonly priority: Priority;
  readonly onProgress: (progress: number) => void;
}

const BATCH = 500;
const BATCH_CHARS = 1_000_000;

/**
 * Folds the events of a span with an analyst's code.
 * @throws FleetError `invalid-request` for the code, `history-unavailable` if the archive has lost telemetry of the span
 */
export async function runProjection(run: ProjectionRun): Promise<ProjectionResult> {
  const { log, code, categories, from, to, signal, priority, onProgress } = run;
  const telemetry = await telemetryOf(run);
  const projection = await ProjectionProcess.begin(code, { signal, priority });
  try {
    const only = run.devices === undefined ? undefined : new Set(run.devices);
    const isWanted: IsInScope = (event, place) =>
      (only?.has(place.entity) ?? true) && (run.isInScope?.(event, place) ?? true);
    const [device, another] = run.devices ?? [];
    const parts = mergedLines({
      ...{ log, categories, events: true, isInScope: isWanted },
      entity: another === undefined ? device : undefined,
      after: { FLEET: from.seq, TELEMETRY: Math.max(0, telemetry.from - 1) },
      upTo: { FLEET: to.seq, TELEMETRY: telemetry.to },
    });
    const all = Math.max(1, to.seq - from.seq);
    let batch: string[] = [];
    let chars = 0;
    let reached = from.seq;
    const fold = async () => {
      await projection.fold(`[${batch.join(",")}]`);
      batch = [];
      chars = 0;
      onProgress(Math.min(1, (reached - from.seq) / all));
    };
    for await (const text of linesIn(parts)) {
      signal.throwIfAborted();
      const { stream, seq, time, event } = parseReplayLine(text);
      if (stream === "FLEET") reached = seq;
      if (time === undefined) continue;
      batch.push(event);
      chars += event.length;
      if (batch.length >= BATCH || chars >= BATCH_CHARS) await fold();
    }
    if (batch.length > 0) await fold();
    return await projection.finish();
  } finally {
    projection.kill();
  }
}

/**
 * The span of telemetry. Empty if the trial folds none, so that it does not fail for telemetry that the archive has
 * lost.
 */
async function telemetryOf({ log, categories, from, to }: ProjectionRun): Promise<Span> {
  if (!categories.includes("telemetry")) return { stream: "TELEMETRY", from: 1, to: 0 };
  const span = await spanOf(log, { stream: "TELEMETRY", from: from.at, to: to.at });
  await log.mustHave?.(span);
  return span;
}

async function* linesIn(parts: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const part of parts) {
    const lines = (rest + part).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
