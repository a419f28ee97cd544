export type { Dialect, DialectListener, HttpListener, WebSocketListener } from "./dialect.ts";
export { type AuthorizedJsonRpc, type AuthorizedMqtt, Dialects } from "./dialects.ts";
export type { JsonRpcConversation, JsonRpcDialect, JsonRpcDialectConnection, JsonRpcEvent } from "./jsonrpc-dialect.ts";
export { DIALECTS } from "./list.ts";
export type { MqttConversation, MqttDialect, MqttDialectConnection, MqttMessage, MqttOrigin } from "./mqtt-dialect.ts";
export { provisioningMqtt } from "./provisioning/mqtt.ts";
