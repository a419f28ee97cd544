import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findNatsServer, type NatsServerProgram, PINNED } from "../nats-server/index.ts";
import { root } from "../system/root.ts";
import { canPull, docker, hasImage } from "./docker.ts";

/** The image of nats-server that compose.yaml names too. */
export const NATS_IMAGE = `nats:${PINNED}-alpine`;
const DOCKERFILE = join(root, "infra/container/nats.Dockerfile");

/**
 * The image of the pinned nats-server: the official one, or where no registry can be reached one of the program that
 * `npm start` uses too.
 * @param base for the image, if it has to be built
 */
export async function natsImage(
  base: string,
  say: (line: string) => void,
  program?: NatsServerProgram,
): Promise<string> {
  if (await canPull(NATS_IMAGE, say)) return NATS_IMAGE;
  const { path, version } = program ?? (await findNatsServer({ say }));
  const tag = `fleetlog-nats:${version}-${base.replace(/^.*:/, "")}`;
  if (await hasImage(tag)) return tag;
  const folder = await mkdtemp(join(tmpdir(), "fleetlog-nats-image-"));
  try {
    await copyFile(path, join(folder, "nats-server"));
    await docker(["build", "--build-arg", `BASE_IMAGE=${base}`, "--file", DOCKERFILE, "--tag", tag, folder]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return tag;
}
