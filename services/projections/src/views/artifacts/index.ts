import { VIEW_SCHEMAS } from "@fleetlog/protocol";
import { view } from "../view.ts";
import { artifacts as projection } from "./artifacts.ts";
import { artifactUsage, listArtifacts } from "./list.ts";

export const artifacts = view(VIEW_SCHEMAS.artifacts, [projection], {
  "artifacts.list": listArtifacts,
  "artifacts.usage": artifactUsage,
});
