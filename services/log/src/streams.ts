import { CATEGORIES, type Category, type StreamName, streamOf } from "@fleetlog/domain";

export interface StreamLimits {
  readonly maxBytes: number;
  /** Undefined if events are kept for ever. */
  readonly maxAgeMs?: number;
  /** In a cluster: 1 or 3. */
  readonly replicas: number;
}

export interface StreamDeclaration extends StreamLimits {
  readonly name: StreamName;
  readonly subjects: readonly string[];
  readonly whenFull: "refuse-new" | "drop-oldest";
  /** How long the server remembers ids. Gateways recognise a device's later repeats themselves. */
  readonly duplicateWindowMs: number;
  /** The log's status does not depend on an optional stream. */
  readonly optional?: boolean;
}

const WHEN_FULL: Readonly<Record<StreamName, StreamDeclaration["whenFull"]>> = {
  FLEET: "refuse-new",
  TELEMETRY: "drop-oldest",
  ACCESS: "drop-oldest",
  DELIVERY: "drop-oldest",
};

type OptionalStream = "ACCESS" | "DELIVERY";
/** Without limits, an optional stream is not created. */
export type LimitsByStream = Readonly<Record<Exclude<StreamName, OptionalStream>, StreamLimits>> & {
  readonly [stream in OptionalStream]?: StreamLimits;
};

export function declareStreams(limits: LimitsByStream): readonly StreamDeclaration[] {
  const names = Object.keys(WHEN_FULL) as StreamName[];
  return names.flatMap((name) => {
    const limited = limits[name];
    if (limited === undefined) return [];
    const whenFull = WHEN_FULL[name];
    const optional = name === "ACCESS" || name === "DELIVERY";
    return [{ ...limited, name, subjects: subjectsOf(name), whenFull, duplicateWindowMs: 120_000, optional }];
  });
}

function subjectsOf(stream: StreamName): string[] {
  return CATEGORIES.filter((category: Category) => streamOf(category) === stream).map((c) => `fleet.${c}.*`);
}
