import { ACTIONS, type Action, FleetError, type Principal } from "@fleetlog/domain";
import { actionsOf, type DirectoryEntry } from "@fleetlog/identity";
import type { Dialect } from "./dialect.ts";
import type { JsonRpcConversation, JsonRpcDialect, JsonRpcMethod } from "./jsonrpc-dialect.ts";
import type { MqttConversation, MqttDialect, PublishTopic, SubscribeTopic } from "./mqtt-dialect.ts";
import { TopicTable } from "./topic-table.ts";

/** Has only the topics that the device may use: finding a topic is the authorization. */
export interface AuthorizedMqtt {
  readonly publishTopics: TopicTable<PublishTopic<MqttConversation>>;
  readonly subscribeTopics: TopicTable<SubscribeTopic>;
  readonly converse: MqttDialect["converse"];
}

/** Has only the methods that the device may call. */
export interface AuthorizedJsonRpc {
  /**
   * The device's actions. They also authorize the methods of rpc-websockets, such as `rpc.on`, because `methods` does
   * not have these.
   */
  readonly allowed: ReadonlySet<Action>;
  readonly methods: ReadonlyMap<string, JsonRpcMethod<JsonRpcConversation>>;
  readonly converse: JsonRpcDialect["converse"];
}

type ForAllowedActions<T> = (allowed: ReadonlySet<Action>) => T;

export class Dialects {
  readonly #mqtt = new Map<string, ForAllowedActions<AuthorizedMqtt>>();
  readonly #jsonrpc = new Map<string, ForAllowedActions<AuthorizedJsonRpc>>();
  readonly paths: readonly string[];

  /** @throws Error if a topic or method has no known action */
  constructor(list: readonly Dialect[]) {
    for (const { name, mqtt, jsonrpc } of list) {
      if (mqtt !== undefined) this.#mqtt.set(name, authorizedMqtt(name, mqtt));
      if (jsonrpc !== undefined) this.#jsonrpc.set(name, authorizedJsonRpc(name, jsonrpc));
    }
    this.paths = list.flatMap(({ paths = [] }) => paths);
  }

  /** @throws FleetError `forbidden` if the device's dialect does not use MQTT */
  mqttOf(device: DirectoryEntry): AuthorizedMqtt {
    return this.#mqtt.get(device.dialect)?.(actionsOf(principalOf(device))) ?? protocolNotUsed(device, "MQTT");
  }

  /** @throws FleetError `forbidden` if the device's dialect does not use JSON-RPC */
  jsonrpcOf(device: DirectoryEntry): AuthorizedJsonRpc {
    return this.#jsonrpc.get(device.dialect)?.(actionsOf(principalOf(device))) ?? protocolNotUsed(device, "JSON-RPC");
  }
}

export function authorizedMqtt(name: string, dialect: MqttDialect): ForAllowedActions<AuthorizedMqtt> {
  const { publishTopics, subscribeTopics } = dialect;
  for (const { topic, action } of [...publishTopics, ...subscribeTopics])
    mustNameAction(action, `${name}: topic ${topic}`);
  return cacheByActions((allowed) => ({
    publishTopics: new TopicTable(publishTopics.filter(({ action }) => allowed.has(action))),
    subscribeTopics: new TopicTable(subscribeTopics.filter(({ action }) => allowed.has(action))),
    converse: (device, connection) => dialect.converse(device, connection),
  }));
}

export function authorizedJsonRpc<C extends JsonRpcConversation>(
  name: string,
  dialect: JsonRpcDialect<C>,
): ForAllowedActions<AuthorizedJsonRpc> {
  const { methods } = dialect;
  for (const { method, action } of methods) mustNameAction(action, `${name}: method ${method}`);
  return cacheByActions((allowed) => {
    const callable = methods.filter(({ action }) => allowed.has(action));
    return {
      allowed,
      methods: new Map(callable.map((method) => [method.method, method])),
      converse: (device, connection) => dialect.converse(device, connection),
    };
  });
}

function cacheByActions<T>(make: (allowed: ReadonlySet<Action>) => T): ForAllowedActions<T> {
  const cache = new WeakMap<ReadonlySet<Action>, T>();
  return (allowed) => {
    const cached = cache.get(allowed);
    if (cached !== undefined) return cached;
    const made = make(allowed);
    cache.set(allowed, made);
    return made;
  };
}

function mustNameAction(action: Action | undefined, what: string): void {
  if (action === undefined || !ACTIONS.includes(action)) throw new Error(`${what} names no action`);
}

function principalOf({ device }: DirectoryEntry): Principal {
  return { kind: "device", id: device };
}

function protocolNotUsed({ login, dialect }: DirectoryEntry, protocol: string): never {
  throw new FleetError("forbidden", `${login} is registered for ${dialect}, which does not use ${protocol}`);
}
