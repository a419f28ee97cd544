import { VIEW_SCHEMAS } from "@fleetlog/protocol";
import { view } from "../view.ts";
import { gateways as projection } from "./gateways.ts";
import { listGateways } from "./list.ts";

export const gateways = view(VIEW_SCHEMAS.gateways, [projection], { "gateways.list": listGateways });
