import { globSync } from "node:fs";
import { clearAway } from "../containers/clear-away.ts";
import { olderNatsImages } from "../containers/nats-image.ts";
import { prepareContainers } from "../containers/prepare.ts";
import { root } from "../system/root.ts";
import type { RunFolder } from "./run-folder.ts";
import { nothing } from "./tally.ts";
import { runVitest } from "./vitest.ts";

/**
 * Builds the images and runs the container suites; without an engine each suite is skipped.
 *
 * @param start start an engine if none answers
 */
export async function runInContainers(
  folder: RunFolder,
  filters: readonly string[],
  start: boolean,
  say: (line: string) => void,
): ReturnType<typeof runVitest> {
  const files = globSync("test/containers/*.test.ts", { cwd: root });
  const chosen = files.filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)));
  if (chosen.length === 0) return { tally: nothing, files: [] };
  const tag = `fleetlog-test:${process.pid}`;
  const began = performance.now();
  const containers = await prepareContainers({ say, tag, start, atEnd: folder.atEnd });
  if ("why" in containers) {
    say(` - ${containers.why}: the tests in containers are skipped`);
    process.env.WHY_NO_CONTAINERS = containers.why;
    return runVitest(["containers"], filters, folder.path);
  }
  say(` ✓ the images are built (${((performance.now() - began) / 1_000).toFixed(0)} s)`);
  folder.atEnd(() => clearAway(folder.path, tag));
  process.env.CONTAINER_IMAGE = containers.image;
  process.env.CONTAINER_BASE_IMAGE = containers.base;
  process.env.CONTAINER_NATS_IMAGE = containers.natsImage;
  process.env.CONTAINER_OLDER_NATS_IMAGES = JSON.stringify(await olderNatsImages(containers.base, say));
  // Testcontainers' cleaner Ryuk is off, because its image can't be pulled everywhere. `clearAway` removes what this
  // run makes, by label.
  process.env.TESTCONTAINERS_RYUK_DISABLED = "true";
  return runVitest(["containers"], filters, folder.path);
}
