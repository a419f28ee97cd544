import { existsSync } from "node:fs";
import { docker } from "./docker.ts";

/** Label of a test run's containers, networks and volumes. Its value is the run's folder. */
export const RUN_LABEL = "fleetlog.run";

const KINDS = [
  { list: ["ps", "--all"], remove: ["rm", "--force", "--volumes"] },
  { list: ["network", "ls"], remove: ["network", "rm"] },
  { list: ["volume", "ls"], remove: ["volume", "rm", "--force"] },
] as const;

/**
 * Removes the image, containers, networks and volumes of a run.
 *
 * Also removes containers, networks and volumes of killed runs, whose folders are gone.
 */
export async function clearAway(runFolder: string, image: string): Promise<void> {
  for (const { list, remove } of KINDS) {
    const format = `{{.${list[0] === "volume" ? "Name" : "ID"}}} {{.Label "${RUN_LABEL}"}}`;
    const lines = await docker([...list, "--filter", `label=${RUN_LABEL}`, "--format", format]);
    const ours = lines.map((line) => line.split(" ")).filter(([, run = ""]) => run === runFolder || !existsSync(run));
    const names = ours.flatMap(([name]) => name ?? []);
    if (names.length > 0) await docker([...remove, ...names]);
  }
  await docker(["image", "rm", "--force", image]);
}
