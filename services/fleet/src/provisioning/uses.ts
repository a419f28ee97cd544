import type { ArtifactUse } from "../artifacts/delete.ts";
import type { Fleet } from "../dependencies/fleet.ts";

/** The open provision request or the enrolment group that has an artifact in its bundles. */
export function usedByProvisioning({ log, views }: Pick<Fleet, "log" | "views">): ArtifactUse {
  return async ({ account, name, version }) => {
    const { lastSeq } = await log.state("FLEET");
    const params = { account, name, version };
    const request = await views.query("provisionRequests.using", params, { atLeast: lastSeq, whenAway: "wait" });
    if (request !== null) return `provision request ${request}`;
    const group = await views.query("enrolmentGroups.using", params, { atLeast: lastSeq, whenAway: "wait" });
    return group === null ? undefined : `enrolment group ${group}`;
  };
}
