import type { Fleet } from "@fleetlog/fleet";
import type { Core } from "../core.ts";
import type { NodePart } from "../parts.ts";

/** Continues the imports of processes that have ended. */
export function importsPart({ importer }: Pick<Core, "importer">, fleet: Fleet): NodePart {
  return { name: "imports", start: () => importer.start(fleet), drain: () => importer.stop() };
}
