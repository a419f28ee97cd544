import { FleetError } from "@fleetlog/domain";
import type { DirectoryEntry } from "@fleetlog/identity";
import { type CommandMessage, CommandResultPayload, checker } from "@fleetlog/protocol";
import { Backoff, LazySet } from "@fleetlog/runtime";
import Type from "typebox";
import type { DeviceReport } from "../../sessions/index.ts";
import type {
  MqttConversation,
  MqttDialect,
  MqttDialectConnection,
  MqttMessage,
  MqttOrigin,
  PublishTopic,
} from "../mqtt-dialect.ts";
import { accepted, json } from "../payload.ts";
import { Calls } from "./calls.ts";

const LONGEST_MESSAGE = 4_096;
const RETRIES = { firstMs: 1_000, longestMs: 30_000, jitter: "half" } as const;

/** How long the gateway waits before it subscribes for a device: devices that subscribe do so within about a second. */
const SUBSCRIBES_MS = 10_000;

type Connection = Pick<MqttDialectConnection, "offerCommands" | "report" | "subscribe">;

const checkResult = checker(CommandResultPayload, "payload");
const checkNotification = checker(
  Type.Object({
    recipient: Type.String({ minLength: 1, maxLength: 320 }),
    message: Type.String({ minLength: 1, maxLength: LONGEST_MESSAGE }),
  }),
  "payload",
);

/** Sends commands as calls to `<id>/<api>`. The device answers on `server/<id>/<api>`. */
export class LibpyiotcloudConversation implements MqttConversation {
  readonly names: { readonly clientId: string };
  readonly calls = new Calls();
  readonly #connection: Connection;
  /** Commands that an early answer has ended, while this end is being recorded. */
  readonly #ending = new LazySet<string>();
  #isOver = false;
  #unsubscribed: NodeJS.Timeout | undefined;

  constructor({ device }: Pick<DirectoryEntry, "device">, connection: Connection) {
    this.names = { clientId: device };
    this.#connection = connection;
    this.#subscribeLater();
  }

  listening(): void {
    clearTimeout(this.#unsubscribed);
  }

  /**
   * Subscribes for a device that does not. Early versions of the stock device in Python subscribe only when their program
   * starts, but not again after a reconnection, although the new session is clean.
   */
  #subscribeLater(): void {
    const subscribe = () => {
      if (!this.#connection.subscribe(`${this.names.clientId}/#`, 1)) this.#subscribeLater();
    };
    this.#unsubscribed = setTimeout(subscribe, SUBSCRIBES_MS).unref();
  }

  command(message: CommandMessage, deliveries: number): MqttMessage | undefined {
    if (this.#ending.has(message.id)) return undefined;
    if (!this.calls.begin(message, deliveries)) {
      const early = deliveries > 0 ? this.calls.takeEarly(message) : undefined;
      if (early !== undefined) this.#end(message.id, early.value);
      return undefined;
    }
    return { topic: `${this.names.clientId}/${message.name}`, payload: JSON.stringify(message.params ?? {}) };
  }

  forget(command: string): void {
    this.#ending.delete(command);
    if (this.calls.forget(command)) this.#connection.offerCommands();
  }

  ended(): void {
    this.#isOver = true;
    clearTimeout(this.#unsubscribed);
  }

  #end(id: string, result: unknown): void {
    this.#ending.add(id);
    const report = { kind: "command-result", result: { ...accepted(checkResult({ ok: true, result })), id } } as const;
    // Reported later, because the queue is still offering this command.
    setImmediate(() => void this.#report(report, new Backoff(RETRIES)));
  }

  /** Tries again while the log is away. */
  async #report(report: DeviceReport & { readonly kind: "command-result" }, backoff: Backoff): Promise<void> {
    if (this.#isOver || !this.#ending.has(report.result.id)) return;
    await this.#connection.report(report).catch(() => {
      setTimeout(() => void this.#report(report, backoff), backoff.failed()).unref();
    });
  }
}

/** An email or SMS that a device sends: by itself, or as the answer to a call. */
function notification(topic: string): PublishTopic<LibpyiotcloudConversation> {
  return {
    topic: `server/{clientId}/${topic}`,
    action: "message.send",
    read(payload, _topic, { calls }, origin) {
      const value = json(payload);
      const { recipient, message: text } = accepted(checkNotification(value));
      const command = calls.answered(topic, value);
      if (command === undefined && origin?.dup === true) calls.keepEarly(topic, value, payload.length);
      const answers = command === undefined ? undefined : { command, result: value };
      return { kind: "message", message: { recipient, text, publication: publicationOf(origin), answers } };
    },
  };
}

const publishTopics: readonly PublishTopic<LibpyiotcloudConversation>[] = [
  notification("trigger_notification"),
  notification("trigger_notifications"),
  {
    topic: "server/{clientId}/+",
    action: "command.answer",
    read(payload, topic, { calls }) {
      const result = json(payload);
      const api = topic.slice(topic.lastIndexOf("/") + 1);
      const id = calls.answered(api, result);
      if (id === undefined) {
        calls.keepEarly(api, result, payload.length);
        throw new FleetError("command-unknown", "no call waits for this answer", { field: "topic" });
      }
      return { kind: "command-result", result: { ...accepted(checkResult({ ok: true, result })), id } };
    },
  },
];

export const libpyiotcloudMqtt: MqttDialect<LibpyiotcloudConversation> = {
  publishTopics,
  subscribeTopics: [{ topic: "{clientId}/#", action: "command.receive" }],
  converse: (device, connection) => new LibpyiotcloudConversation(device, connection),
};

function publicationOf(origin: MqttOrigin | undefined) {
  if (origin?.messageId === undefined) return undefined;
  return { packetId: origin.messageId, isRepeated: origin.dup };
}
