import type { Command } from "@fleetlog/domain";
import type { CommandResource } from "@fleetlog/protocol";
import type { Fleet } from "../dependencies/fleet.ts";
import type { QueryOptions, Views } from "../views/views.ts";

export async function commandFrom(
  views: Views,
  id: string,
  atLeast: number,
  options: Omit<QueryOptions, "atLeast"> = {},
): Promise<Command | undefined> {
  const found = await views.query("commands.get", { id }, { ...options, atLeast });
  return (found as Command | null) ?? undefined;
}

/**
 * Looks up a command for a reader; undefined if it was never issued. Before it answers undefined, it asks for views
 * that have reached the log's end, since another node may have just issued the command.
 */
export async function findCommand(
  { log, views, commandTail }: Pick<Fleet, "log" | "views" | "commandTail">,
  id: string,
  options: Omit<QueryOptions, "atLeast">,
): Promise<CommandResource | undefined> {
  const atLeast = commandTail.seq;
  const found = await views.query("commands.get", { id }, { ...options, atLeast });
  if (found !== null) return found;
  const { lastSeq } = await log.state("FLEET");
  if (lastSeq <= atLeast) return undefined;
  return (await views.query("commands.get", { id }, { ...options, atLeast: lastSeq })) ?? undefined;
}
