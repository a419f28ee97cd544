import type { ArtifactId } from "@fleetlog/domain";
import type { Logger } from "@fleetlog/log";
import type { Fleet } from "../fleet.ts";
import { loadArtifact } from "./find.ts";

/** @param all also those of other nodes, once stale; default: those of this node's earlier processes */
export function sweepArtifacts(
  { log, artifacts }: Pick<Fleet, "log" | "artifacts">,
  options: { readonly all?: boolean; readonly logger?: Logger } = {},
): Promise<number> {
  const isNamed = async (id: ArtifactId, object: string) => {
    const { state } = await loadArtifact(log, id);
    return state.status === "stored" && state.object === object;
  };
  return artifacts.pending.sweep(artifacts.objects, isNamed, options);
}
