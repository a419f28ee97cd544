import type { UpdatesResource } from "../../data/updates.ts";

export type Failure = UpdatesResource["failures"][number];

/** Catalogues that failed for the same reason, when they were asked for the same. */
export interface SameFailure extends Omit<Failure, "catalogue"> {
  /** In the order of their first failure. */
  readonly catalogues: readonly string[];
}

export const reasonOf = ({ category, reason }: Omit<Failure, "catalogue">) => JSON.stringify([category, reason]);

/** The failures by their reasons, each with its latest time. */
export function sameFailures(failures: readonly Failure[]): readonly SameFailure[] {
  return [...Map.groupBy(failures, reasonOf).values()].flatMap((same) => {
    const latest = same.toSorted((a, b) => a.askedAt.localeCompare(b.askedAt)).at(-1);
    if (latest === undefined) return [];
    const { catalogue: _, ...failure } = latest;
    return { ...failure, catalogues: [...new Set(same.map(({ catalogue }) => catalogue))] };
  });
}
