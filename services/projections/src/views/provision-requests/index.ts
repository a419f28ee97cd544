import { VIEW_SCHEMAS } from "@fleetlog/protocol";
import { view } from "../view.ts";
import { getProvisionRequest, listProvisionRequests, openProvisionRequests, provisionRequestUsing } from "./list.ts";
import { provisionRequests as projection } from "./provision-requests.ts";

export const provisionRequests = view(VIEW_SCHEMAS.provisionRequests, [projection], {
  "provisionRequests.list": listProvisionRequests,
  "provisionRequests.get": getProvisionRequest,
  "provisionRequests.open": openProvisionRequests,
  "provisionRequests.using": provisionRequestUsing,
});
