import { CATEGORIES, type Category, type StreamName, streamOf } from "@fleetlog/domain";

export interface StreamLimits {
  readonly maxBytes: number;
  /** Milliseconds; undefined = kept for ever. */
  readonly maxAgeMs?: number;
  /** Number of replicas in a cluster: 1 or 3. */
  readonly replicas: number;
}

export interface StreamDeclaration extends StreamLimits {
  readonly name: StreamName;
  readonly subjects: readonly string[];
  /** What happens at `maxBytes`: FLEET refuses new events, the other streams drop the oldest. */
  readonly whenFull: "refuse-new" | "drop-oldest";
  /**
   * How long the server remembers ids, to recognise duplicates. Gateways recognise a device's later repeats themselves.
   */
  readonly duplicateWindowMs: number;
  /** The log works without it: that it can't be created, or takes no events, does not change the log's status. */
  readonly optional?: boolean;
}

/** What happens to each stream when it is full. */
const WHEN_FULL: Readonly<Record<StreamName, StreamDeclaration["whenFull"]>> = {
  FLEET: "refuse-new",
  TELEMETRY: "drop-oldest",
  ACCESS: "drop-oldest",
};

/** Without limits for ACCESS, that stream is not created. */
export type LimitsByStream = Readonly<Record<Exclude<StreamName, "ACCESS">, StreamLimits>> & {
  readonly ACCESS?: StreamLimits;
};

/** The declarations of the log's streams. A new category needs no change here. */
export function declareStreams(limits: LimitsByStream): readonly StreamDeclaration[] {
  const names = Object.keys(WHEN_FULL) as StreamName[];
  return names.flatMap((name) => {
    const limited = limits[name];
    if (limited === undefined) return [];
    const whenFull = WHEN_FULL[name];
    const optional = name === "ACCESS";
    return [{ ...limited, name, subjects: subjectsOf(name), whenFull, duplicateWindowMs: 120_000, optional }];
  });
}

function subjectsOf(stream: StreamName): string[] {
  return CATEGORIES.filter((category: Category) => streamOf(category) === stream).map((c) => `fleet.${c}.*`);
}
