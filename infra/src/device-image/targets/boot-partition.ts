import { withFirstBoot } from "../cmdline.ts";
import { type Entry, file, under } from "../files.ts";
import { payload } from "../payload.ts";
import type { Preparation } from "../preparation.ts";

const FOLDER = "fleetlog";
export const CMDLINE = "cmdline.txt";

/**
 * Writes cmdline.txt, the kernel's command line, last: a card that is taken out too early starts as before.
 *
 * @param mountedAt where the device mounts the partition
 */
export function bootPartition(preparation: Preparation, cmdline: string, mountedAt: string): Entry[] {
  const script = `${mountedAt}/${FOLDER}/first-boot.sh`;
  return [
    ...under(FOLDER, payload(preparation)),
    file(CMDLINE, withFirstBoot(cmdline, script, preparation.wifi?.country)),
  ];
}
