import { chmod, copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OLDER_WHEELS } from "../nats-server/find/wheels.ts";
import { findNatsServer, findOlder, PINNED } from "../nats-server/index.ts";
import { root } from "../system/root.ts";
import { canPull, docker, hasImage } from "./docker.ts";

/** compose.yaml names the image of the pinned version, too. */
export const officialImage = (version: string = PINNED) => `nats:${version}-alpine`;
const DOCKERFILE = join(root, "infra/container/nats.Dockerfile");
/** Increase when the contents of the image change: an older image is then not used. */
const RECIPE = 2;

/** The log is tested on these versions in containers, too. */
export const OLDER_VERSIONS: readonly string[] = Object.keys(OLDER_WHEELS);

/**
 * The official image; where no registry can be reached, an image built with the program of `npm start`.
 *
 * @param base base image of a build
 * @throws Error if the image can't be pulled or built
 */
export async function natsImage(base: string, say: (line: string) => void, version?: string): Promise<string> {
  const official = officialImage(version);
  if (await canPull(official, say)) return official;
  const program = await (version === undefined ? findNatsServer({ say }) : findOlder(version));
  const tag = `fleetlog-nats:${program.version}-${RECIPE}-${base.replace(/^.*:/, "")}`;
  if (await hasImage(tag)) return tag;
  const folder = await mkdtemp(join(tmpdir(), "fleetlog-nats-image-"));
  try {
    const copy = join(folder, "nats-server");
    await copyFile(program.path, copy);
    // A cached program can be run only by its owner, but a container may run it as another user.
    await chmod(copy, 0o755);
    await docker(["build", "--build-arg", `BASE_IMAGE=${base}`, "--file", DOCKERFILE, "--tag", tag, folder]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return tag;
}

/** The images by version. Leaves out versions that can't be pulled or built. */
export async function olderNatsImages(
  base: string,
  say: (line: string) => void,
): Promise<Readonly<Record<string, string>>> {
  const images: Record<string, string> = {};
  for (const version of OLDER_VERSIONS) {
    try {
      images[version] = await natsImage(base, say, version);
    } catch (error) {
      say(` - nats-server ${version} is not available: ${(error as Error).message}`);
    }
  }
  return images;
}
