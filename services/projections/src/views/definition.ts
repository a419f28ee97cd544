import type { Projection, ViewRow } from "../projection.ts";

/** Something that people define by its name: a device type, a group. Kept, without its definition, when it is deleted. */
export interface DefinitionRow<Definition> extends ViewRow {
  /** Absent: deleted. */
  readonly definition?: Definition;
  readonly changedAt: string;
  readonly changedBy: string;
}

/** The row after an event that defines or deletes it. */
export function definitionRow<Definition>(
  { seq, time }: { readonly seq: number; readonly time: string },
  { definition, by }: { readonly definition?: Definition; readonly by: string },
): DefinitionRow<Definition> {
  return { seq, ...(definition !== undefined && { definition }), changedAt: time, changedBy: by };
}

export const DEFINED = { column: "defined", eq: 1 } as const;

/** Column and index for {@link DEFINED}. */
export const defined = {
  column: {
    name: "defined",
    type: "integer",
    of: (row: DefinitionRow<unknown>) => (row.definition === undefined ? 0 : 1),
  },
  index: { on: ["defined", "key"] },
} as const satisfies { column: Projection<DefinitionRow<unknown>>["columns"][number]; index: { on: string[] } };
