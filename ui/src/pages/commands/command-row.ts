import { compact } from "../../components/compact.ts";
import type { CommandResource } from "../../data/commands.ts";

/** A command as its row shows it: parameters and results may be large, their notes are not. */
export type CommandRow = Omit<CommandResource, "params" | "result" | "error"> & {
  readonly params: string;
  readonly outcome: string;
};

export function rowOf({ params, result, error, ...command }: CommandResource): CommandRow {
  return { ...command, params: compact(params), outcome: error ? compact(error.message) : compact(result) };
}
