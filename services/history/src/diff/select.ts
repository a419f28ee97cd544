import type { CauseKind } from "@fleetlog/protocol";

/** The place of an item in the order of items. The page begins after it. */
export interface Position {
  readonly seq: number;
  readonly device: string;
  readonly change: string;
}

/** Which differences are requested. */
export interface Select {
  /** Undefined: all. */
  readonly devices?: readonly string[] | undefined;
  /** A field. Fields below it are included. */
  readonly change?: string | undefined;
  readonly cause?: CauseKind | undefined;
  readonly by?: string | undefined;
}

interface Where {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** A parameter that is a JSON list of texts. */
export const LIST = `from_json(?::VARCHAR, '["VARCHAR"]')`;

export function whereOf({ devices, change, cause, by }: Select, after?: Position): Where {
  const conditions: string[] = [];
  const values: (string | number)[] = [];
  const add = (sql: string, ...given: readonly (string | number)[]) => {
    conditions.push(sql);
    values.push(...given);
  };
  if (devices?.length === 1) add("device = ?", devices[0] as string);
  else if (devices !== undefined) add(`device IN (SELECT unnest(${LIST}))`, JSON.stringify(devices));
  if (change !== undefined) add("(change = ? OR starts_with(change, ?))", change, `${change}/`);
  if (cause !== undefined) add("cause = ?", cause);
  if (by !== undefined) add("who = ?", by);
  if (after !== undefined) {
    const { seq, device, change: field } = after;
    add("(seq < ? OR (seq = ? AND (device > ? OR (device = ? AND change > ?))))", seq, seq, device, device, field);
  }
  return { sql: conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`, values };
}
