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

export function projectorDirectory({ dataDir, projectorName }: AppOptions["settings"]): string {
  return join(dataDir, `projector-${projectorName}`);
}

/** Returns a projector that is not started yet. */
export function assembleProjector({ settings, backbone, clock, logger }: AppOptions): Projector {
  return new Projector({
    backbone,
    id: settings.projectorName,
    directory: projectorDirectory(settings),
    clock,
    logger,
  });
}
