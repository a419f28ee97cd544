import type { Fault } from "../fault.ts";
import { skewedClock } from "./clocks.ts";
import { cutConnections } from "./connections.ts";
import { fullDisk } from "./disk.ts";
import { freeze, kill, killSeveral, terminate } from "./processes.ts";
import { damagedViews, powerCut } from "./stores.ts";

export const FAULTS: readonly Fault[] = [
  kill,
  killSeveral,
  terminate,
  freeze,
  cutConnections,
  powerCut,
  damagedViews,
  skewedClock,
  fullDisk,
];
