import { CATEGORIES, type Category, type StreamName, streamOf } from "@fleetlog/domain";

export interface StreamLimits {
  readonly maxBytes: number;
  /** Milliseconds; undefined = kept for ever. */
  readonly maxAgeMs?: number;
  /** Copies in a cluster: 1 or 3. */
  readonly replicas: number;
}

export interface StreamDeclaration extends StreamLimits {
  readonly name: StreamName;
  readonly subjects: readonly string[];
  /** What happens when `maxBytes` is reached: history refuses the new, telemetry drops the oldest. */
  readonly whenFull: "refuse-new" | "drop-oldest";
  /** How long an id is remembered. Short: views drop later duplicates themselves. */
  readonly duplicateWindowMs: number;
}

/** What becomes of each stream when it is full. */
const WHEN_FULL: Readonly<Record<StreamName, StreamDeclaration["whenFull"]>> = {
  FLEET: "refuse-new",
  TELEMETRY: "drop-oldest",
  ACCESS: "drop-oldest",
};

/** Nothing is recorded in ACCESS so far: without limits for it there is no such stream. */
export type LimitsOfStreams = Readonly<Record<Exclude<StreamName, "ACCESS">, StreamLimits>> & {
  readonly ACCESS?: StreamLimits;
};

/** The streams of the log, as data. A new category needs no change here unless it is to be bounded. */
export function declareStreams(limits: LimitsOfStreams): readonly StreamDeclaration[] {
  const names = Object.keys(WHEN_FULL) as StreamName[];
  return names.flatMap((name) => {
    const limited = limits[name];
    if (limited === undefined) return [];
    const whenFull = WHEN_FULL[name];
    return [{ ...limited, name, subjects: subjectsOf(name), whenFull, duplicateWindowMs: 120_000 }];
  });
}

function subjectsOf(stream: StreamName): string[] {
  return CATEGORIES.filter((category: Category) => streamOf(category) === stream).map((c) => `fleet.${c}.*`);
}
