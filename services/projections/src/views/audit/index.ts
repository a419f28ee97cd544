import { VIEW_SCHEMAS } from "@fleetlog/protocol";
import { view } from "../view.ts";
import { acts as projection } from "./acts.ts";
import { listActs, listRefusals } from "./list.ts";
import { refusals as refused } from "./refusals.ts";

export const acts = view(VIEW_SCHEMAS.acts, [projection], { "acts.list": listActs }, { "acts.list": () => "search" });
export const refusals = view(VIEW_SCHEMAS.refusals, [refused], { "refusals.list": listRefusals });
