import { compact } from "../../components/text/compact.ts";
import type { CommandResource } from "../../data/commands.ts";

/** A command in a row; parameters and result may be large, so the row keeps their short form. */
export type CommandRow = Omit<CommandResource, "params" | "result" | "error"> & {
  readonly params: string;
  readonly outcome: string;
};

export function rowOf({ params, result, error, ...command }: CommandResource): CommandRow {
  return { ...command, params: compact(params), outcome: error ? compact(error.message) : compact(result) };
}
