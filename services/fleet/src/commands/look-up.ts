import type { Command } from "@fleetlog/domain";
import type { QueryOptions, Views } from "../views/views.ts";

/** The command from views that include FLEET up to `atLeast`; undefined if it was never issued. */
export async function commandFrom(
  views: Views,
  id: string,
  atLeast: number,
  options: Omit<QueryOptions, "atLeast"> = {},
): Promise<Command | undefined> {
  const found = await views.query("commands.get", { id }, { ...options, atLeast });
  return (found as Command | null) ?? undefined;
}
