import { setTimeout as delay } from "node:timers/promises";
import { connect, type MqttClient } from "mqtt";
import { LibpyiotcloudBoard } from "./libpyiotcloud-board.ts";

/** What a device does with a call. */
export type LibpyiotcloudScenario =
  | "answers"
  /** Sends nothing. */
  | "silent"
  /** Answers after `slowMs`. */
  | "slow"
  /** Answers with something that is no JSON. */
  | "malformed"
  /** Answers, and sends a notification by itself when it has connected. */
  | "notifies";

export interface LibpyiotcloudOptions {
  /** `mqtts://host:port`. */
  readonly url: string;
  /** 40 hexadecimal digits. */
  readonly id: string;
  /** PEM, from the registration. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  /** Which of the two stock programs it behaves like. */
  readonly program: "node" | "python";
  readonly scenario: LibpyiotcloudScenario;
  readonly slowMs?: number;
  readonly notification?: { readonly recipient: string; readonly message: string };
  readonly onCall?: (api: string, asked: unknown) => void;
}

/** Allows only TLS 1.2. */
const TLS = "TLSv1_2_method";
const SLOW_MS = 3_000;
const NOTIFICATION = { recipient: "operator@fleet.example", message: "It has started." };

/**
 * `node`: MQTT 3.1, does not verify the server, QoS 0. `python`: MQTT 3.1.1, verifies the server's authority but not
 * its name, QoS 1.
 */
const PROGRAMS = {
  node: { secureProtocol: TLS, protocolId: "MQIsdp", protocolVersion: 3, rejectUnauthorized: false },
  python: { secureProtocol: TLS, protocolId: "MQTT", protocolVersion: 4, checkServerIdentity: () => undefined },
} as const;

/** A device of libpyiotcloud, known by its client certificate. */
export class LibpyiotcloudDevice {
  readonly board = new LibpyiotcloudBoard();
  readonly #options: LibpyiotcloudOptions;
  readonly #stopping = new AbortController();
  #client: MqttClient | undefined;
  #hasNotified = false;

  constructor(options: LibpyiotcloudOptions) {
    this.#options = options;
  }

  /** Resolves when it can get calls. */
  start(): Promise<void> {
    const { url, id, ca, certificate: cert, key, program } = this.#options;
    const client = connect(url, {
      ca,
      cert,
      key,
      clientId: id,
      username: "guest",
      password: "guest",
      clean: true,
      keepalive: 60,
      ...PROGRAMS[program],
    });
    this.#client = client;
    client.on("message", (topic, payload) => void this.#called(topic, payload));
    // The client reconnects by itself.
    client.on("error", () => {});
    return new Promise((resolve) => {
      client.on("connect", () => {
        client.subscribe(`${id}/#`, { qos: this.#qos }, (error) => {
          if (error) return;
          resolve();
          this.#notifyOnce();
        });
      });
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#client?.endAsync(true);
  }

  notify(notification: { readonly recipient: string; readonly message: string }): void {
    this.#publish("trigger_notification", JSON.stringify(notification));
  }

  get #qos(): 0 | 1 {
    return this.#options.program === "python" ? 1 : 0;
  }

  #notifyOnce(): void {
    const { scenario, notification = NOTIFICATION } = this.#options;
    if (scenario !== "notifies" || this.#hasNotified) return;
    this.#hasNotified = true;
    this.notify(notification);
  }

  async #called(topic: string, payload: Buffer): Promise<void> {
    const { scenario, slowMs = SLOW_MS, onCall } = this.#options;
    const api = topic.slice(topic.indexOf("/") + 1);
    const asked = JSON.parse(payload.toString()) as Readonly<Record<string, unknown>>;
    onCall?.(api, asked);
    if (scenario === "silent") return;
    const answer = this.board.answer(api, asked);
    if (answer === undefined) return;
    if (scenario === "slow") {
      const { signal } = this.#stopping;
      await delay(slowMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
    }
    const text = scenario === "malformed" ? "{not JSON" : JSON.stringify(answer);
    this.#publish(api, text, api === "set_status" ? () => this.#restart() : undefined);
  }

  #restart(): void {
    if (!this.#stopping.signal.aborted) this.#client?.end(false, {}, () => this.#client?.reconnect());
  }

  #publish(api: string, payload: string, sent?: () => void): void {
    this.#client?.publish(`server/${this.#options.id}/${api}`, payload, { qos: this.#qos }, () => sent?.());
  }
}
