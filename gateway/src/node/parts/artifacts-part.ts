import { type ArtifactLimits, sweepArtifacts } from "@fleetlog/fleet";
import type { GatewaySettings } from "../../settings/index.ts";
import type { Core } from "../core.ts";
import type { NodePart } from "../parts.ts";

const SWEEP_EVERY_MS = 10 * 60_000;
const RETRY_MS = 30_000;

export function artifactLimits(settings: GatewaySettings): ArtifactLimits {
  return { maxBytes: settings.artifactMaxBytes, accountBytes: settings.artifactAccountBytes };
}

/**
 * Removes objects of interrupted uploads and deletions: at the start those of this node's earlier processes, then every
 * ten minutes those of stopped nodes.
 */
export function artifactsPart({ fleet, logger }: Pick<Core, "fleet" | "logger">): NodePart {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const sweep = async (all: boolean) => {
    let next = SWEEP_EVERY_MS;
    try {
      await sweepArtifacts(fleet, { all, logger });
    } catch (error) {
      next = RETRY_MS;
      logger.info({ err: error }, "could not remove what interrupted uploads left; trying again later");
    }
    if (!stopped) timer = setTimeout(() => void sweep(all || next === SWEEP_EVERY_MS), next).unref();
  };
  return {
    name: "artifacts",
    start() {
      void sweep(false);
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await fleet.artifacts.objects.close();
    },
  };
}
