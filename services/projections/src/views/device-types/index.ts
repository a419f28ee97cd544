import { VIEW_SCHEMAS } from "@fleetlog/protocol";
import { view } from "../view.ts";
import { deviceTypes as projection } from "./device-types.ts";
import { getType, listTypes, typeOf } from "./queries.ts";

export const deviceTypes = view(VIEW_SCHEMAS.deviceTypes, [projection], {
  "types.list": listTypes,
  "types.get": getType,
  "types.ofDevice": typeOf,
});
