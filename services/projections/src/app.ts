import { join } from "node:path";
import type { Backbone, ClockReading, Logger } from "@fleetlog/log";
import { Projector } from "./projector.ts";
import type { ProjectorSettings } from "./settings.ts";

export interface AppOptions {
  readonly settings: Pick<ProjectorSettings, "dataDir" | "projectorName">;
  readonly backbone: Backbone;
  readonly clock?: () => ClockReading;
  readonly logger: Logger;
}

/** Does not start the projector. */
export function assembleProjector({ settings, backbone, clock, logger }: AppOptions): Projector {
  const id = settings.projectorName;
  return new Projector({ backbone, id, directory: join(settings.dataDir, `projector-${id}`), clock, logger });
}
