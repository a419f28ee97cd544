import type { Action } from "@fleetlog/domain";
import { actionsOf } from "@fleetlog/identity";
import { type AuthorizedJsonRpc, type AuthorizedMqtt, authorizedJsonRpc, authorizedMqtt } from "../dialects.ts";
import { ProvisioningConversation, provisioningMethods } from "./jsonrpc.ts";
import { provisioningMqtt } from "./mqtt.ts";

export { ProvisioningConversation } from "./jsonrpc.ts";

const NAME = "provisioning";
const allowed: ReadonlySet<Action> = actionsOf({ kind: "provisioning", id: "" });

/** Not in `DIALECTS`, because no device of the fleet has these conventions. */
export const PROVISIONING_MQTT: AuthorizedMqtt = authorizedMqtt(NAME, provisioningMqtt)(allowed);
export const PROVISIONING_JSONRPC: AuthorizedJsonRpc = authorizedJsonRpc(NAME, {
  methods: provisioningMethods,
  converse: () => new ProvisioningConversation(),
})(allowed);
