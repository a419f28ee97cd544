import { VIEW_SCHEMAS } from "@fleetlog/protocol";
import { view } from "../view.ts";
import { gateways as projection } from "./gateways.ts";
import { listGateways } from "./list.ts";

/** Gateways, and what became of them. */
export const gateways = view(VIEW_SCHEMAS.gateways, [projection], { "gateways.list": listGateways });
