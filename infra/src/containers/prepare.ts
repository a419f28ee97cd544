import { join } from "node:path";
import { cacheFolder } from "../nats-server/find/way.ts";
import { aptInstall, canAptInstall } from "../system/apt.ts";
import { dockerAnswers } from "../system/programs.ts";
import { findCompose } from "./compose.ts";
import { dockerClient } from "./docker.ts";
import { startEngine } from "./engine.ts";
import { baseImage, buildImage } from "./image.ts";
import { natsImage } from "./nats-image.ts";

/** The images of the container suites. */
export interface Containers {
  readonly image: string;
  readonly base: string;
  readonly natsImage: string;
}

export interface PrepareOptions {
  readonly say: (line: string) => void;
  readonly tag: string;
  readonly start: boolean;
  readonly atEnd: (stop: () => Promise<void>) => void;
}

/**
 * Builds the images with the engine that answers, or starts an engine.
 *
 * @returns the images, or why this machine can't build them
 * @throws Error if a build fails
 */
export async function prepareContainers(options: PrepareOptions): Promise<Containers | { readonly why: string }> {
  const { say, tag, start, atEnd } = options;
  const folder = join(cacheFolder(process.env, process.platform), "fleetlog");
  if (dockerClient() === undefined || !dockerAnswers()) {
    if (!start) return { why: "no Docker engine answers" };
    const engine = await startEngine(join(folder, "engine"), say);
    if ("why" in engine) return { why: `no Docker engine answers: ${engine.why}` };
    atEnd(engine.stop);
    say(" ✓ a Docker engine was started");
  }
  if (findCompose() === undefined && start && canAptInstall()) await aptInstall("docker-compose", say);
  const base = await baseImage(join(folder, "images"), say);
  if ("why" in base) return base;
  const nats = await natsImage(base.image, say);
  await buildImage(base.image, tag, say);
  return { image: tag, base: base.image, natsImage: nats };
}
