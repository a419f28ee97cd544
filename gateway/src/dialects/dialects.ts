import { ACTIONS, type Action, FleetError, type Principal } from "@fleetlog/domain";
import { actionsOf, type DirectoryEntry } from "@fleetlog/identity";
import type { Dialect } from "./dialect.ts";
import type { JsonRpcConversation, JsonRpcDialect, JsonRpcMethod } from "./jsonrpc-dialect.ts";
import type { MqttConversation, MqttDialect, MqttPublication, MqttSubscription } from "./mqtt-dialect.ts";
import { TopicTable } from "./topic-table.ts";

/** An MQTT dialect whose topics can be looked up. */
export interface SpokenMqtt {
  readonly publications: TopicTable<MqttPublication<MqttConversation>>;
  readonly subscriptions: TopicTable<MqttSubscription>;
  readonly converse: MqttDialect["converse"];
}

/** A JSON-RPC dialect whose methods can be looked up. */
export interface SpokenJsonRpc {
  /** What the device may do. */
  readonly allowed: ReadonlySet<Action>;
  readonly methods: ReadonlyMap<string, JsonRpcMethod<JsonRpcConversation>>;
  readonly converse: JsonRpcDialect["converse"];
}

type PerActions<T> = (allowed: ReadonlySet<Action>) => T;

/** All dialects of a node, by the names that the directory has for them. */
export class Dialects {
  readonly #mqtt = new Map<string, PerActions<SpokenMqtt>>();
  readonly #jsonrpc = new Map<string, PerActions<SpokenJsonRpc>>();
  /** Where devices open WebSockets on the HTTP ports. */
  readonly paths: readonly string[];

  /** @throws Error for a topic or method that names no action */
  constructor(list: readonly Dialect[]) {
    for (const { name, mqtt, jsonrpc } of list) {
      if (mqtt !== undefined) this.#mqtt.set(name, spokenMqtt(name, mqtt));
      if (jsonrpc !== undefined) this.#jsonrpc.set(name, spokenJsonRpc(name, jsonrpc));
    }
    this.paths = list.flatMap(({ paths = [] }) => paths);
  }

  /**
   * The topics that the device may use, in its dialect.
   * @throws FleetError `forbidden` for a device that does not speak MQTT
   */
  mqttOf(device: DirectoryEntry): SpokenMqtt {
    return this.#mqtt.get(device.dialect)?.(actionsOf(principalOf(device))) ?? notSpoken(device, "MQTT");
  }

  /**
   * The methods that the device may call, in its dialect.
   * @throws FleetError `forbidden` for a device that does not speak JSON-RPC
   */
  jsonrpcOf(device: DirectoryEntry): SpokenJsonRpc {
    return this.#jsonrpc.get(device.dialect)?.(actionsOf(principalOf(device))) ?? notSpoken(device, "JSON-RPC");
  }
}

function spokenMqtt(name: string, dialect: MqttDialect): PerActions<SpokenMqtt> {
  const { publications, subscriptions } = dialect;
  for (const { topic, action } of [...publications, ...subscriptions])
    mustNameAction(action, `${name}: topic ${topic}`);
  return perActions((allowed) => ({
    publications: new TopicTable(publications.filter(({ action }) => allowed.has(action))),
    subscriptions: new TopicTable(subscriptions.filter(({ action }) => allowed.has(action))),
    converse: (device, peer) => dialect.converse(device, peer),
  }));
}

function spokenJsonRpc(name: string, dialect: JsonRpcDialect): PerActions<SpokenJsonRpc> {
  const { methods } = dialect;
  for (const { method, action } of methods) mustNameAction(action, `${name}: method ${method}`);
  return perActions((allowed) => {
    const callable = methods.filter(({ action }) => allowed.has(action));
    return {
      allowed,
      methods: new Map(callable.map((method) => [method.method, method])),
      converse: (device, peer) => dialect.converse(device, peer),
    };
  });
}

/** Made once for each set of actions, so that a message costs no decision: what is not allowed is not found. */
function perActions<T>(make: (allowed: ReadonlySet<Action>) => T): PerActions<T> {
  const made = new WeakMap<ReadonlySet<Action>, T>();
  return (allowed) => {
    const known = made.get(allowed);
    if (known !== undefined) return known;
    const one = make(allowed);
    made.set(allowed, one);
    return one;
  };
}

function mustNameAction(action: Action | undefined, what: string): void {
  if (action === undefined || !ACTIONS.includes(action)) throw new Error(`${what} names no action`);
}

function principalOf({ device }: DirectoryEntry): Principal {
  return { kind: "device", id: device };
}

function notSpoken({ login, dialect }: DirectoryEntry, protocol: string): never {
  throw new FleetError("forbidden", `${login} is registered for ${dialect}, which does not use ${protocol}`);
}
