import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../system/root.ts";
import { debianBase } from "./base-image.ts";
import { canPull, docker } from "./docker.ts";

const DOCKERFILE = join(root, "infra/container/Dockerfile");

/** The base image of the Dockerfile; where no registry can be reached, an image made from Debian's packages. */
export async function baseImage(
  cache: string,
  say: (line: string) => void,
): Promise<{ readonly image: string } | { readonly why: string }> {
  const image = /^ARG NODE_IMAGE=(\S+)/m.exec(await readFile(DOCKERFILE, "utf8"))?.[1] ?? "";
  return (await canPull(image, say)) ? { image } : debianBase(cache, say);
}

export async function buildImage(base: string, tag: string, say: (line: string) => void): Promise<void> {
  await docker(
    [
      ...["build", "--build-arg", `NODE_IMAGE=${base}`, "--file", DOCKERFILE, "--tag", tag],
      // The build uses this machine's network, so that it reaches the same servers.
      ...["--network", "host", root],
    ],
    { onWait: (seconds) => seconds % 15 === 0 && say(`   still building the image (${seconds} s)`) },
  );
}
