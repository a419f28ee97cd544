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

/** The streams of the log, as data. A new category needs no change here unless it is to be bounded. */
export function declareStreams(limits: Readonly<Record<StreamName, StreamLimits>>): readonly StreamDeclaration[] {
  return [
    {
      ...limits.FLEET,
      name: "FLEET",
      subjects: subjectsOf("FLEET"),
      whenFull: "refuse-new",
      duplicateWindowMs: 120_000,
    },
    {
      ...limits.TELEMETRY,
      name: "TELEMETRY",
      subjects: subjectsOf("TELEMETRY"),
      whenFull: "drop-oldest",
      duplicateWindowMs: 120_000,
    },
  ];
}

function subjectsOf(stream: StreamName): string[] {
  return CATEGORIES.filter((category: Category) => streamOf(category) === stream).map((c) => `fleet.${c}.*`);
}
