import type { Fleet } from "@fleetlog/fleet";
import type { NodePart } from "./parts.ts";

/** Works on imports, and goes on with those of processes that have ended. */
export function importsPart(fleet: Fleet): NodePart {
  const { imports } = fleet;
  return { name: "imports", start: () => imports.start(fleet), drain: () => imports.stop() };
}
