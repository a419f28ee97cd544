import { compact } from "../../components/text/compact.ts";
import { answerOf, type CommandResource } from "../../data/commands.ts";

/** A command in a row; parameters and result may be large, so the row keeps their short form. */
export type CommandRow = Omit<CommandResource, "params" | "result" | "error"> & {
  readonly params: string;
  readonly outcome: string;
};

export function rowOf(resource: CommandResource): CommandRow {
  const { params, result: _, error: __, ...command } = resource;
  const { result, error } = answerOf(resource);
  return { ...command, params: compact(params), outcome: error ? compact(error.message) : compact(result) };
}
