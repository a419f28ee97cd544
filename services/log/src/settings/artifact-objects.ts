import { resolve } from "node:path";
import type { NatsRole } from "../access/roles.ts";
import { ARTIFACTS_BUCKET } from "../artifacts-bucket.ts";
import type { Logger } from "../logger.ts";
import { FolderObjects, JetStreamObjects, type ObjectStore } from "../objects/index.ts";
import { backboneOptions } from "./backbone-options.ts";
import type { LogSettings } from "./index.ts";

interface ArtifactObjectsOptions {
  readonly where: string;
  readonly name: string;
  readonly logger: Logger;
}

/** The object store of artifacts. A connection to JetStream is made at the first use. */
export async function artifactObjects(
  settings: LogSettings,
  role: NatsRole,
  { where, ...options }: ArtifactObjectsOptions,
): Promise<ObjectStore> {
  const { artifactsMaxBytes: maxBytes, replicas } = settings;
  if (where !== "jetstream") return new FolderObjects({ folder: resolve(where), maxBytes });
  const { streams: _, ...connection } = await backboneOptions(settings, role);
  return new JetStreamObjects({ ...connection, ...options, stream: { bucket: ARTIFACTS_BUCKET, maxBytes, replicas } });
}
