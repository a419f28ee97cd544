import { accounts } from "./accounts.ts";
import { commands } from "./commands.ts";
import { description } from "./description.ts";
import { devices } from "./devices.ts";
import { events } from "./events/index.ts";
import { health } from "./health.ts";
import type { HttpResource } from "./resource.ts";
import { session } from "./session.ts";
import { system } from "./system.ts";

export type { HttpResource } from "./resource.ts";

/** All resources, in the order of the API's description. */
export const RESOURCES: readonly HttpResource[] = [
  devices,
  commands,
  events,
  accounts,
  system,
  session,
  health,
  description,
];
