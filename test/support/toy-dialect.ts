import type {
  Dialect,
  JsonRpcConversation,
  JsonRpcDialect,
  JsonRpcDialectConnection,
  MqttConversation,
  MqttDialect,
  MqttDialectConnection,
} from "@fleetlog/gateway/dialects";
import type { DeviceReport } from "@fleetlog/gateway/sessions";
import type { CommandMessage } from "@fleetlog/protocol";

/**
 * Uses every feature of the MQTT and JSON-RPC interfaces. It has topics with the client's name, a request after log-in,
 * and one call of each name at a time. It has messages with no or two reports, and answers without a command id. The
 * command `knock` completes without an answer. One subscription is made that the device has not asked for.
 */
class ToyMqtt implements MqttConversation {
  readonly names: { readonly clientId: string };
  readonly #connection: MqttDialectConnection;
  readonly #calls = new Map<string, string>();
  #requested = false;

  constructor(clientId: string, connection: MqttDialectConnection) {
    this.names = { clientId };
    this.#connection = connection;
  }

  command({ id, name, params }: CommandMessage, deliveries: number) {
    if ((this.#calls.get(name) ?? id) !== id) return undefined;
    if (name === "knock") {
      const result = { id, ok: true, result: { deliveries } } as const;
      setImmediate(() => void this.#connection.report({ kind: "command-result", result }));
    }
    this.#calls.set(name, id);
    return { topic: `${this.names.clientId}/${name}`, payload: JSON.stringify(params) };
  }

  forget(command: string): void {
    for (const [name, id] of this.#calls) if (id === command) this.#calls.delete(name);
    this.#connection.offerCommands();
  }

  listening(): void {
    if (this.#requested) return;
    this.#requested = true;
    void this.#connection.publish({ topic: `${this.names.clientId}/about`, payload: "" });
  }

  subscribe(): void {
    this.#connection.subscribe(`${this.names.clientId}/#`, 1);
  }

  answer(name: string, value: unknown): readonly DeviceReport[] {
    const id = this.#calls.get(name);
    return id === undefined ? [] : [{ kind: "command-result", result: { id, ok: true, result: value } }];
  }
}

const mqtt: MqttDialect<ToyMqtt> = {
  publishTopics: [
    {
      topic: "server/{clientId}/about",
      action: "profile.report",
      read: (payload) => ({ kind: "profile", profile: JSON.parse(payload.toString()) }),
    },
    {
      topic: "server/{clientId}/notify",
      action: "command.answer",
      read: (payload, _topic, toy) => [
        ...toy.answer("notify", null),
        { kind: "event", report: { name: "notified", data: payload.toString() } },
      ],
    },
    {
      topic: "server/{clientId}/subscribe",
      action: "command.answer",
      read(_payload, _topic, toy) {
        toy.subscribe();
        return [];
      },
    },
    {
      topic: "server/{clientId}/+",
      action: "command.answer",
      read: (payload, topic, toy) => toy.answer(topic.split("/").at(-1) ?? "", JSON.parse(payload.toString())),
    },
  ],
  subscribeTopics: [{ topic: "{clientId}/#", action: "command.receive" }],
  converse: ({ login }, connection) => new ToyMqtt(login.slice(login.indexOf(":") + 1), connection),
};

class ToyJsonRpc implements JsonRpcConversation {
  readonly #connection: JsonRpcDialectConnection;
  #last: string | undefined;

  constructor(connection: JsonRpcDialectConnection) {
    this.#connection = connection;
  }

  command({ id, name, params }: CommandMessage) {
    if (!this.#connection.subscriptions.has(name)) return undefined;
    this.#last = id;
    return [{ name, params: JSON.stringify(params) }];
  }

  opened(): void {
    void this.#connection.sendEvent({ name: "hello", params: "1,2" });
  }

  subscribed(): void {
    this.#connection.offerCommands();
  }

  closed(code: number): readonly DeviceReport[] {
    if (this.#last === undefined) return [];
    return [{ kind: "command-result", result: { id: this.#last, ok: true, result: { code } } }];
  }
}

const jsonrpc: JsonRpcDialect<ToyJsonRpc> = {
  methods: [
    {
      method: "toy.say",
      action: "event.report",
      read: (params) => ({ kind: "event", report: { name: "said", data: params } }),
    },
    { method: "toy.idle", action: "event.report", read: () => [] },
    {
      method: "toy.add",
      action: "event.report",
      answer: async (params) => (params as number[]).reduce((sum, value) => sum + value, 0),
    },
  ],
  converse: (_device, connection) => new ToyJsonRpc(connection),
};

export const toy: Dialect = { name: "toy", mqtt, jsonrpc };
export const toyMqttOnly: Dialect = { name: "toy", mqtt };
