import type { Core } from "../node/core.ts";
import type { NodePart } from "../node/parts.ts";
import { RefusalRecorder, type Refusals } from "./recorder.ts";

export interface RefusalsPart extends NodePart {
  readonly refusals: Refusals;
}

export function refusalsPart({ backbone, fleet, logger }: Core): RefusalsPart {
  const recorder = new RefusalRecorder({
    writer: fleet.writer,
    credentials: fleet.credentials,
    ready: () => backbone.log.status === "ready",
    logger,
  });
  return { name: "refusals", refusals: recorder, start: () => recorder.start(), stop: () => recorder.stop() };
}
