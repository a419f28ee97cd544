import { commands } from "./commands/commands.ts";
import { gateways } from "./gateways/gateways.ts";
import type { Projection } from "./projection.ts";
import { registry } from "./registry/registry.ts";
import { status } from "./status/status.ts";

/** Every view that a projector keeps. A new one is a folder and a line here. */
export const VIEWS: readonly Projection[] = [registry, status, commands, gateways];
