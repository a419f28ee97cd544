import { VIEW_SCHEMAS } from "@fleetlog/protocol";
import { view } from "../view.ts";
import { declaredCommands } from "./declared.ts";
import { listDevices, threadOfList } from "./list.ts";
import { devicesNamed, devicesWithClientId } from "./named.ts";
import { registry } from "./registry.ts";
import { deviceRows, getDevice } from "./rows.ts";
import { status } from "./status.ts";
import { fleetSummary, laneOfSummary } from "./summary.ts";

export const devices = view(
  VIEW_SCHEMAS.devices,
  [registry, status],
  {
    "devices.list": listDevices,
    "devices.get": getDevice,
    "devices.named": devicesNamed,
    "devices.withClientId": devicesWithClientId,
    "devices.rows": deviceRows,
    "devices.declared": declaredCommands,
    "devices.summary": fleetSummary,
  },
  { "devices.list": threadOfList, "devices.summary": laneOfSummary },
);
