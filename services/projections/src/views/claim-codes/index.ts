import { VIEW_SCHEMAS } from "@fleetlog/protocol";
import { view } from "../view.ts";
import { claimCodes as projection } from "./claim-codes.ts";
import { getClaimCode, listClaimCodes } from "./list.ts";

export const claimCodes = view(VIEW_SCHEMAS.claimCodes, [projection], {
  "claimCodes.list": listClaimCodes,
  "claimCodes.get": getClaimCode,
});
