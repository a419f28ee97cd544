import { DEVICE_ID_ACCEPTS } from "@fleetlog/domain";
import Type from "typebox";

export const ById = Type.Object({ id: Type.String({ description: `A device's id: ${DEVICE_ID_ACCEPTS}` }) });
