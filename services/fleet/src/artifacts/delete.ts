import { artifactDecider, artifactEntity, FleetError, type StoredArtifact, WHOLE_FLEET } from "@fleetlog/domain";
import { authorize, scopeOf } from "@fleetlog/identity";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import { type Caller, metadataOf } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import type { Done } from "../devices/decide.ts";
import { type ArtifactName, artifactIdFor } from "./artifact-id.ts";
import { loadArtifact } from "./find.ts";

/** Names what uses a version, such as an open provision request; undefined if nothing does. */
export type ArtifactUse = (artifact: StoredArtifact) => Promise<string | undefined>;

/**
 * Deletes an unused version. The event comes first; a later sweep removes bytes that are left. Repeating changes
 * nothing.
 * @throws FleetError `artifact-unknown`, `artifact-in-use`, `conflict`, `log-unavailable`, `log-full`
 */
export async function deleteArtifact(
  fleet: Pick<Fleet, "log" | "writer" | "artifacts">,
  caller: Caller,
  name: ArtifactName,
  uses: readonly ArtifactUse[] = [],
): Promise<Done> {
  authorize(caller.principal, "artifact.delete", WHOLE_FLEET);
  const id = artifactIdFor(name, caller.principal, scopeOf(caller.principal, "artifact.delete"));
  const { log, writer, artifacts } = fleet;
  const before = await loadArtifact(log, id);
  const found = before.state.status === "stored" ? before.state : undefined;
  if (found !== undefined) await refuseUsed(found, uses);
  const object = found && (await artifacts.pending.begin(id, found.object));
  try {
    const { lastSeq } = await writer.record({
      decider: artifactDecider,
      load: () => loadArtifact(log, id),
      command: { type: "DeleteArtifact", by: caller.by },
      entity: artifactEntity(id),
      metadata: { ...metadataOf(caller), account: id.account },
      timeoutMs: APPEND_TIMEOUT_MS,
    });
    if (object !== undefined) await artifacts.objects.remove(object.id).then(object.settle, object.leave);
    return { seq: lastSeq };
  } catch (error) {
    object?.leave();
    throw error;
  }
}

async function refuseUsed(found: StoredArtifact, uses: readonly ArtifactUse[]): Promise<void> {
  for (const use of uses) {
    const user = await use(found);
    if (user === undefined) continue;
    throw new FleetError("artifact-in-use", `version ${found.version} of ${found.name} is used by ${user}`);
  }
}
