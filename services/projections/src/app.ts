import { join } from "node:path";
import type { Backbone, Logger } from "@fleetlog/log";
import type { Settings } from "@fleetlog/protocol/settings";
import { Projector } from "./projector.ts";

export interface AppOptions {
  readonly settings: Pick<Settings, "dataDir" | "projectorName">;
  readonly backbone: Backbone;
  readonly logger: Logger;
}

/** The projector of these settings, not yet started. Its files are in `<data folder>/projector-<name>`. */
export function assembleProjector({ settings, backbone, logger }: AppOptions): Projector {
  const id = settings.projectorName;
  return new Projector({ backbone, id, directory: join(settings.dataDir, `projector-${id}`), logger });
}
