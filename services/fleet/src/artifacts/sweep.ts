import type { ArtifactId } from "@fleetlog/domain";
import type { Logger } from "@fleetlog/log";
import type { Fleet } from "../dependencies/fleet.ts";
import { loadArtifact } from "./find.ts";

/** Removes objects that this node's earlier processes left. With `all`, also removes stale objects of other nodes. */
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
