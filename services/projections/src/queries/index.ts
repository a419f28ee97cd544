import type { QueryName } from "@fleetlog/protocol";
import { getCommand, openCommands, pendingCommands } from "./commands.ts";
import { deviceRows, getDevice } from "./devices.ts";
import { listGateways } from "./gateways.ts";
import { listCommands } from "./list-commands.ts";
import { listDevices } from "./list-devices.ts";
import type { Query } from "./query.ts";
import { fleetSummary } from "./summary.ts";

/** Every question that the views answer. A new one is a line here and one in `Queries` of @fleetlog/protocol. */
export const QUERIES: { readonly [N in QueryName]: Query<N> } = {
  "devices.list": listDevices,
  "devices.get": getDevice,
  "devices.rows": deviceRows,
  "devices.summary": fleetSummary,
  "commands.list": listCommands,
  "commands.get": getCommand,
  "commands.pending": pendingCommands,
  "commands.open": openCommands,
  "gateways.list": listGateways,
};
