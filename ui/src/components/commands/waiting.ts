import type { CommandResource } from "../../data/commands.ts";

/** What an open command waits for. */
export function waitsFor({ state }: Pick<CommandResource, "state">): string {
  return state === "issued" ? "Waiting for the device" : "Waiting for its answer";
}
