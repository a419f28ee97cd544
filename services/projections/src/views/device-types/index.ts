import { VIEW_SCHEMAS } from "@fleetlog/protocol";
import { view } from "../view.ts";
import { deviceTypes as projection } from "./device-types.ts";
import { getType, listTypes, typeOf } from "./queries.ts";

/** Device types, and the type of a device. */
export const deviceTypes = view(VIEW_SCHEMAS.deviceTypes, [projection], {
  "types.list": listTypes,
  "types.get": getType,
  "types.ofDevice": typeOf,
});
