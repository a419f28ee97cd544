import {
  type ArtifactId,
  type ArtifactState,
  artifactDecider,
  artifactEntity,
  artifactUnknown,
  type StoredArtifact,
  WHOLE_FLEET,
} from "@fleetlog/domain";
import { authorize, scopeOf } from "@fleetlog/identity";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { loadFromLog } from "../writer/load.ts";
import { type ArtifactName, artifactIdFor } from "./artifact-id.ts";

/** @throws FleetError `artifact-unknown` */
export async function findArtifact({ log }: Pick<Fleet, "log">, id: ArtifactId): Promise<StoredArtifact> {
  const { state } = await loadArtifact(log, id);
  if (state.status !== "stored") throw artifactUnknown();
  return state;
}

/** @throws FleetError `artifact-unknown`, `forbidden` */
export async function readArtifact(
  fleet: Pick<Fleet, "log">,
  { principal }: Pick<Caller, "principal">,
  name: ArtifactName,
): Promise<StoredArtifact> {
  authorize(principal, "artifact.read", WHOLE_FLEET);
  return findArtifact(fleet, artifactIdFor(name, principal, scopeOf(principal, "artifact.read")));
}

export function loadArtifact(
  log: Fleet["log"],
  id: ArtifactId,
): Promise<{ readonly state: ArtifactState; readonly lastSeq: number }> {
  return loadFromLog(log, artifactDecider, "artifact", artifactEntity(id));
}
