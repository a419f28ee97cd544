import { VIEW_SCHEMAS } from "@fleetlog/protocol";
import { view } from "../view.ts";
import { acts as projection } from "./acts.ts";
import { listActs, listRefusals, listSignIns } from "./list.ts";
import { refusals as refused } from "./refusals.ts";
import { signIns as signedIn } from "./sign-ins.ts";

export const acts = view(VIEW_SCHEMAS.acts, [projection], { "acts.list": listActs }, { "acts.list": () => "search" });
export const refusals = view(VIEW_SCHEMAS.refusals, [refused], { "refusals.list": listRefusals });
export const signIns = view(VIEW_SCHEMAS.signIns, [signedIn], { "signIns.list": listSignIns });
