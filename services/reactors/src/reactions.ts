import { commandDeadlines } from "./command-deadlines/index.ts";
import { gatewayLeases } from "./gateway-leases/index.ts";
import { retirement } from "./retirement/index.ts";
import { type Playable, playable } from "./runner/play.ts";

/** Every reaction. A new one is a folder and a line here. */
export const REACTIONS: readonly Playable[] = [
  playable(commandDeadlines),
  playable(gatewayLeases),
  playable(retirement),
];
