import type { Action } from "@fleetlog/domain";
import { actionsOf } from "@fleetlog/identity";
import { type AuthorizedJsonRpc, type AuthorizedMqtt, authorizedJsonRpc, authorizedMqtt } from "../dialects.ts";
import { ProvisioningConversation, provisioningMethods } from "./jsonrpc.ts";
import { provisioningMqtt } from "./mqtt.ts";

export { ProvisioningConversation } from "./jsonrpc.ts";

const NAME = "provisioning";
/** All provisioning devices have the same rights. */
const allowed: ReadonlySet<Action> = actionsOf({ kind: "provisioning", id: "" });

/**
 * The conventions of provisioning devices. They are not in the list of dialects, because no device of the fleet speaks them:
 * only what the log-in lets in to be provisioned.
 */
export const PROVISIONING_MQTT: AuthorizedMqtt = authorizedMqtt(NAME, provisioningMqtt)(allowed);
export const PROVISIONING_JSONRPC: AuthorizedJsonRpc = authorizedJsonRpc(NAME, {
  methods: provisioningMethods,
  converse: () => new ProvisioningConversation(),
})(allowed);
