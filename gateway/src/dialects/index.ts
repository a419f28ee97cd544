export type { Dialect, DialectListener } from "./dialect.ts";
export { Dialects, type SpokenJsonRpc, type SpokenMqtt } from "./dialects.ts";
export type { JsonRpcConversation, JsonRpcDialect, JsonRpcEvent, JsonRpcPeer } from "./jsonrpc-dialect.ts";
export { DIALECTS } from "./list.ts";
export type { MqttConversation, MqttDialect, MqttMessage, MqttPeer } from "./mqtt-dialect.ts";
