import { FleetError } from "@fleetlog/domain";
import type { DirectoryEntry } from "@fleetlog/identity";
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
  readonly methods: ReadonlyMap<string, JsonRpcMethod<JsonRpcConversation>>;
  readonly converse: JsonRpcDialect["converse"];
}

/** All dialects of a node, by the names that the directory has for them. */
export class Dialects {
  readonly #mqtt = new Map<string, SpokenMqtt>();
  readonly #jsonrpc = new Map<string, SpokenJsonRpc>();
  /** Where devices open WebSockets on the HTTP ports. */
  readonly paths: readonly string[];

  constructor(list: readonly Dialect[]) {
    for (const { name, mqtt, jsonrpc } of list) {
      if (mqtt !== undefined) {
        this.#mqtt.set(name, {
          publications: new TopicTable(mqtt.publications),
          subscriptions: new TopicTable(mqtt.subscriptions),
          converse: (device, peer) => mqtt.converse(device, peer),
        });
      }
      if (jsonrpc !== undefined) {
        this.#jsonrpc.set(name, {
          methods: new Map(jsonrpc.methods.map((method) => [method.method, method])),
          converse: (device, peer) => jsonrpc.converse(device, peer),
        });
      }
    }
    this.paths = list.flatMap(({ paths = [] }) => paths);
  }

  /** @throws FleetError `forbidden` for a device that does not speak MQTT */
  mqttOf(device: DirectoryEntry): SpokenMqtt {
    return this.#mqtt.get(device.dialect) ?? notSpoken(device, "MQTT");
  }

  /** @throws FleetError `forbidden` for a device that does not speak JSON-RPC */
  jsonrpcOf(device: DirectoryEntry): SpokenJsonRpc {
    return this.#jsonrpc.get(device.dialect) ?? notSpoken(device, "JSON-RPC");
  }
}

function notSpoken({ login, dialect }: DirectoryEntry, protocol: string): never {
  throw new FleetError("forbidden", `${login} is registered for ${dialect}, which does not use ${protocol}`);
}
