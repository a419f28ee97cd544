import type { Fault } from "../fault.ts";
import { skewedClock } from "./clocks.ts";
import { cutConnections } from "./connections.ts";
import { fullDisk } from "./disk.ts";
import { damagedHistory } from "./history.ts";
import { freeze, freezeSeveral, kill, killSeveral, terminate, terminateSeveral } from "./processes.ts";
import { damagedViews, powerCut } from "./stores.ts";

export const FAULTS: readonly Fault[] = [
  kill,
  killSeveral,
  terminate,
  terminateSeveral,
  freeze,
  freezeSeveral,
  cutConnections,
  powerCut,
  damagedViews,
  damagedHistory,
  skewedClock,
  fullDisk,
];
