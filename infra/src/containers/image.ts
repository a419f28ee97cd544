import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../system/root.ts";
import { debianBase } from "./base-image.ts";
import { canPull, docker } from "./docker.ts";

const DOCKERFILE = join(root, "infra/container/Dockerfile");

/** A base image: the Dockerfile's own, or where no registry can be reached one of Debian's packages. */
export async function baseImage(
  cache: string,
  say: (line: string) => void,
): Promise<{ readonly image: string } | { readonly why: string }> {
  const image = /^ARG NODE_IMAGE=(\S+)/m.exec(await readFile(DOCKERFILE, "utf8"))?.[1] ?? "";
  return (await canPull(image, say)) ? { image } : debianBase(cache, say);
}

/** Builds Fleetlog's image. */
export async function buildImage(base: string, tag: string, say: (line: string) => void): Promise<void> {
  await docker(
    [
      ...["build", "--build-arg", `NODE_IMAGE=${base}`, "--file", DOCKERFILE, "--tag", tag],
      // What this machine reaches is reached by the build too, whatever the engine's own network is.
      ...["--network", "host", root],
    ],
    { onWait: (seconds) => seconds % 15 === 0 && say(`   still building the image (${seconds} s)`) },
  );
}
