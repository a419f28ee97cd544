import { LazyMap } from "@fleetlog/runtime";
import type { MqttMessage } from "../../dialects/index.ts";
import { type Acknowledgement, acknowledge, encode } from "../wire/encode.ts";
import { REASON } from "../wire/reasons.ts";
import type { Client } from "./client.ts";

export type QoS = 0 | 1 | 2;

/** An unacknowledged command with QoS 1 or 2. */
export interface Sent {
  readonly id: number;
  readonly command: string;
  /** QoS 2: PUBREC has arrived. */
  released: boolean;
}

interface UnacknowledgedPublication {
  readonly id: number;
  /** Command id; undefined for the dialect's other messages. */
  readonly command: string | undefined;
  /** QoS 2: PUBREC has arrived. */
  released: boolean;
  qos: QoS;
  /** PUBLISH or PUBREL was sent over this connection, so the message counts towards the receive maximum. */
  sentHere: boolean;
  /** Resolves the promise of `publish`, if that still waits. */
  settle: ((done: boolean) => void) | undefined;
}

export interface OutboundOptions {
  readonly client: Client;
  send(bytes: Buffer): void;
  written(): Promise<boolean>;
  /** The device has refused the command, or the command is too large. */
  refused(command: string, code: string, text: string): void;
  /** The next publication may be sent, after the receive maximum had stopped one. */
  roomAgain(): void;
}

/** Sends commands and other messages to a device, and handles acknowledgements [MQTT 4.3, 4.4]. */
export class Outbound {
  readonly #options: OutboundOptions;
  readonly #waiting = new LazyMap<number, UnacknowledgedPublication>();
  #lastId = 0;
  #stopped = false;
  #closed = false;

  constructor(options: OutboundOptions, resumed: readonly Sent[] = []) {
    this.#options = options;
    for (const { id, command, released } of resumed) {
      this.#waiting.set(id, { id, command, released, qos: 2, sentHere: released, settle: undefined });
      this.#lastId = Math.max(this.#lastId, id);
    }
  }

  /** [MQTT-4.4.0-1] Sends PUBREL for publications without PUBCOMP. */
  resume(): void {
    for (const { id, released } of this.#waiting.values()) if (released) this.#acknowledge("pubrel", id);
  }

  /**
   * Resolves with true when the device has acknowledged or refused the message (QoS 0: when it is written). If a
   * command is too large for the device, calls `refused` and resolves with true.
   * @param command undefined for other messages, which a resumed session does not send again
   * @param expirySeconds message expiry interval [MQTT-3.3.2-6]: the time left, because a device's clock may be wrong
   */
  publish(
    command: string | undefined,
    { topic, payload }: MqttMessage,
    qos: QoS,
    expirySeconds: number | undefined,
  ): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false);
    const { client, send, written } = this.#options;
    const known = command === undefined ? undefined : this.#find(command);
    if (known?.released) return this.#wait(known);
    if (qos > 0 && this.#sentHere().length >= client.receiveMaximum) {
      // [MQTT-3.3.4-9]
      this.#stopped = true;
      return Promise.resolve(false);
    }
    const id = qos === 0 ? undefined : (known?.id ?? this.#newId());
    const bytes = encode(
      {
        cmd: "publish",
        topic,
        payload,
        qos,
        // [MQTT-3.3.1-1]
        dup: qos > 0 && known !== undefined,
        retain: false,
        ...(id !== undefined && { messageId: id }),
        ...(client.level === 5 &&
          expirySeconds !== undefined && {
            properties: { messageExpiryInterval: Math.min(expirySeconds, 0xffff_ffff) },
          }),
      },
      client.level,
    );
    if (bytes.length > client.maximumPacketSize) {
      // [MQTT-3.1.2-24], [MQTT-3.1.2-25]
      if (id !== undefined) this.#waiting.delete(id);
      this.#refused(
        command,
        "payload-too-large",
        `the device takes packets of ${client.maximumPacketSize} bytes at most`,
      );
      return Promise.resolve(command !== undefined);
    }
    send(bytes);
    if (id === undefined) {
      if (known !== undefined) this.#waiting.delete(known.id);
      return written();
    }
    const waiting: UnacknowledgedPublication = known ?? {
      id,
      command,
      released: false,
      qos,
      sentHere: true,
      settle: undefined,
    };
    waiting.qos = qos;
    waiting.sentHere = true;
    this.#waiting.set(id, waiting);
    return this.#wait(waiting);
  }

  acknowledged(id: number, code: number, text: string | undefined): void {
    const sent = this.#waiting.get(id);
    if (sent === undefined) return;
    if (code >= 0x80) this.#refused(sent.command, `mqtt-${code}`, text ?? "the device refused the command");
    this.#settle(sent);
  }

  received(id: number, code: number, text: string | undefined): void {
    const sent = this.#waiting.get(id);
    if (sent === undefined) {
      // [MQTT-4.3.3-4] An unknown identifier gets PUBREL too.
      if (code < 0x80) this.#acknowledge("pubrel", id, REASON.packetIdNotFound);
      return;
    }
    if (code >= 0x80) {
      // [MQTT-4.3.3-4] A refused message gets no PUBREL.
      this.#refused(sent.command, `mqtt-${code}`, text ?? "the device refused the command");
      this.#settle(sent);
      return;
    }
    sent.released = true;
    this.#acknowledge("pubrel", id);
  }

  completed(id: number): void {
    const sent = this.#waiting.get(id);
    if (sent?.released) this.#settle(sent);
  }

  /** The command has ended: `publish` resolves, but the packet identifier stays in use until the acknowledgement. */
  forget(command: string): void {
    const sent = this.#find(command);
    sent?.settle?.(true);
    if (sent !== undefined) sent.settle = undefined;
  }

  sent(): Sent[] {
    return this.#sentHere().flatMap(({ id, command, released }) =>
      command === undefined ? [] : [{ id, command, released }],
    );
  }

  /**
   * Ends all publications. Returns the unacknowledged commands.
   * @param reached whether the device has probably received everything. Then commands with QoS 1 count as delivered
   */
  close(reached = false): Sent[] {
    this.#closed = true;
    const left = this.sent();
    for (const { settle, qos, sentHere } of this.#waiting.values()) settle?.(reached && sentHere && qos === 1);
    this.#waiting.clear();
    return left;
  }

  #refused(command: string | undefined, code: string, text: string): void {
    if (command !== undefined) this.#options.refused(command, code, text);
  }

  #sentHere(): UnacknowledgedPublication[] {
    return [...this.#waiting.values()].filter(({ sentHere }) => sentHere);
  }

  #acknowledge(kind: Acknowledgement, id: number, code = 0): void {
    const { client, send } = this.#options;
    if (code === 0 || client.level < 5) send(acknowledge(kind, id));
    else send(encode({ cmd: kind, messageId: id, reasonCode: code }, client.level));
  }

  #wait(sent: UnacknowledgedPublication): Promise<boolean> {
    return new Promise((resolve) => {
      sent.settle = resolve;
    });
  }

  #settle(sent: UnacknowledgedPublication): void {
    this.#waiting.delete(sent.id);
    sent.settle?.(true);
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#options.roomAgain();
  }

  #find(command: string): UnacknowledgedPublication | undefined {
    for (const sent of this.#waiting.values()) if (sent.command === command) return sent;
    return undefined;
  }

  /** [MQTT-2.2.1-4] An unused identifier. */
  #newId(): number {
    do this.#lastId = this.#lastId >= 0xffff ? 1 : this.#lastId + 1;
    while (this.#waiting.has(this.#lastId));
    return this.#lastId;
  }
}
