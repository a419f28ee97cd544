import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { FleetError } from "@fleetlog/domain";
import { lockFolder } from "@fleetlog/projections/folding";
import { Duck } from "../store/duck.ts";
import { type Relisted, relistArchive } from "./relist.ts";

export type { Relisted } from "./relist.ts";

/**
 * Rebuilds the manifest of an archive from its files, while its historian is stopped.
 *
 * @param directory the folder `TELEMETRY` of a historian
 * @throws FleetError `conflict` if the historian runs; Error if there is nothing to do
 */
export async function relistFolder(directory: string): Promise<Relisted> {
  if (!existsSync(directory)) throw new Error(`there is no folder ${directory}`);
  const lock = locked(dirname(directory));
  const spill = mkdtempSync(join(tmpdir(), "fleetlog-relist-"));
  const duck = await Duck.open({ memory: 200e6, threads: 1, spill, ordered: true });
  try {
    return await relistArchive(directory, duck);
  } finally {
    duck.close();
    rmSync(spill, { recursive: true, force: true });
    lock.close();
  }
}

function locked(directory: string): { close(): void } {
  try {
    return lockFolder(directory, "historian");
  } catch (error) {
    if (!(error instanceof FleetError) || error.code !== "conflict") throw error;
    throw new FleetError("conflict", `a historian works in ${directory}: stop it first`, { cause: error });
  }
}
