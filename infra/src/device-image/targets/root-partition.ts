import { type Entry, ownFile, under } from "../files.ts";
import { payload } from "../payload.ts";
import type { Preparation } from "../preparation.ts";

const FOLDER = "opt/fleetlog/first-boot";
const UNIT = "fleetlog-first-boot.service";
const UNITS = "etc/systemd/system";

/** The system must have systemd. The link that starts the script is written last. */
export function rootPartition(preparation: Preparation): Entry[] {
  return [
    ...under(FOLDER, payload(preparation)),
    ownFile(UNIT, `${UNITS}/${UNIT}`),
    { path: `${UNITS}/multi-user.target.wants/${UNIT}`, link: `/${UNITS}/${UNIT}` },
  ];
}
