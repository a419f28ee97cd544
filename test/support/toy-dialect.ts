import type {
  Dialect,
  JsonRpcConversation,
  JsonRpcDialect,
  JsonRpcPeer,
  MqttConversation,
  MqttDialect,
  MqttPeer,
} from "@fleetlog/gateway/dialects";
import type { DeviceReport } from "@fleetlog/gateway/sessions";
import type { CommandMessage } from "@fleetlog/protocol";

/**
 * A dialect that asks for all that the two interfaces offer: topics with the client's own name, a question after log-in,
 * one call of each name at a time, messages that report nothing or two things, and answers without an id.
 */
class ToyMqtt implements MqttConversation {
  readonly names: { readonly clientId: string };
  readonly #peer: MqttPeer;
  /** The command that a call of that name is under way for. */
  readonly #calls = new Map<string, string>();
  #asked = false;

  constructor(clientId: string, peer: MqttPeer) {
    this.names = { clientId };
    this.#peer = peer;
  }

  command({ id, name, params }: CommandMessage) {
    if ((this.#calls.get(name) ?? id) !== id) return undefined;
    this.#calls.set(name, id);
    return { topic: `${this.names.clientId}/${name}`, payload: JSON.stringify(params) };
  }

  forget(command: string): void {
    for (const [name, id] of this.#calls) if (id === command) this.#calls.delete(name);
    this.#peer.offerCommands();
  }

  listening(): void {
    if (this.#asked) return;
    this.#asked = true;
    void this.#peer.publish({ topic: `${this.names.clientId}/about`, payload: "" });
  }

  answer(name: string, value: unknown): readonly DeviceReport[] {
    const id = this.#calls.get(name);
    return id === undefined ? [] : [{ kind: "command-result", result: { id, ok: true, result: value } }];
  }
}

const mqtt: MqttDialect<ToyMqtt> = {
  publications: [
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
      topic: "server/{clientId}/+",
      action: "command.answer",
      read: (payload, topic, toy) => toy.answer(topic.split("/").at(-1) ?? "", JSON.parse(payload.toString())),
    },
  ],
  subscriptions: [{ topic: "{clientId}/#", action: "command.receive" }],
  converse: ({ login }, peer) => new ToyMqtt(login.slice(login.indexOf(":") + 1), peer),
};

class ToyJsonRpc implements JsonRpcConversation {
  readonly #peer: JsonRpcPeer;
  #last: string | undefined;

  constructor(peer: JsonRpcPeer) {
    this.#peer = peer;
  }

  command({ id, name, params }: CommandMessage) {
    if (!this.#peer.subscriptions.has(name)) return undefined;
    this.#last = id;
    return [{ name, params: JSON.stringify(params) }];
  }

  opened(): void {
    void this.#peer.sendEvent({ name: "hello", params: "1,2" });
  }

  subscribed(): void {
    this.#peer.offerCommands();
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
  converse: (_device, peer) => new ToyJsonRpc(peer),
};

export const toy: Dialect = { name: "toy", mqtt, jsonrpc };
export const toyMqttOnly: Dialect = { name: "toy", mqtt };
