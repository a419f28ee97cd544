import type { MqttMessage } from "../../dialects/index.ts";
import { type Acknowledgement, acknowledge, encode } from "../wire/encode.ts";
import { REASON } from "../wire/reasons.ts";
import type { Client } from "./client.ts";

export type QoS = 0 | 1 | 2;

/** A command that was published with QoS 1 or 2 and is not acknowledged yet. */
export interface Sent {
  readonly id: number;
  readonly command: string;
  /** QoS 2, and PUBREC has come: PUBREL is due. */
  released: boolean;
}

interface Waiting {
  readonly id: number;
  /** Undefined for a message of the dialect. */
  readonly command: string | undefined;
  released: boolean;
  /** Sent on this connection, not only on an earlier one of the session. */
  sentHere: boolean;
  settle: ((taken: boolean) => void) | undefined;
}

export interface OutboundOptions {
  readonly client: Client;
  send(bytes: Buffer): void;
  /** Resolves once what was sent is written, false if the connection goes first. */
  written(): Promise<boolean>;
  /** The device refuses this command, or it is too large for it. */
  refused(command: string, code: string, text: string): void;
  /** After a publication was held back: there is room again. */
  roomAgain(): void;
}

/**
 * Publications on their way to a device [MQTT 4.3, 4.4]: commands, which the queue of the session gives one after the
 * other, and messages of the dialect.
 */
export class Outbound {
  readonly #options: OutboundOptions;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #held = false;
  #closed = false;

  /** @param resumed what an earlier connection of the session had sent */
  constructor(options: OutboundOptions, resumed: readonly Sent[] = []) {
    this.#options = options;
    for (const { id, command, released } of resumed) {
      this.#waiting.set(id, { id, command, released, sentHere: released, settle: undefined });
      this.#lastId = Math.max(this.#lastId, id);
    }
  }

  /** [MQTT-4.4.0-1] what was released and not completed is released again, with its identifier. */
  resume(): void {
    for (const { id, released } of this.#waiting.values()) if (released) this.#acknowledge("pubrel", id);
  }

  /**
   * Resolves true once the device has it, false if it can't be sent now or the connection goes first.
   *
   * @param command undefined for a message of the dialect, which is not sent again when the session is carried on
   * @param expirySeconds how long the publication is good for [MQTT-3.3.2-6]: by it a device whose clock is wrong knows how
   * much time is left until the command's deadline
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
      // [MQTT-3.3.4-9] never more than its receive maximum
      this.#held = true;
      return Promise.resolve(false);
    }
    const id = qos === 0 ? undefined : (known?.id ?? this.#newId());
    const bytes = encode(
      {
        cmd: "publish",
        topic,
        payload,
        qos,
        // [MQTT-3.3.1-1] DUP when it was sent before
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
      // [MQTT-3.1.2-24], [MQTT-3.1.2-25] it is not sent; the command fails with the reason
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
    const waiting: Waiting = known ?? { id, command, released: false, sentHere: true, settle: undefined };
    waiting.sentHere = true;
    this.#waiting.set(id, waiting);
    return this.#wait(waiting);
  }

  /** PUBACK. */
  acknowledged(id: number, code: number, text: string | undefined): void {
    const sent = this.#waiting.get(id);
    if (sent === undefined) return;
    if (code >= 0x80) this.#refused(sent.command, `mqtt-${code}`, text ?? "the device refused the command");
    this.#settle(sent);
  }

  /** PUBREC. */
  received(id: number, code: number, text: string | undefined): void {
    const sent = this.#waiting.get(id);
    if (sent === undefined) {
      // [MQTT-4.3.3-4] in MQTT 5 with the reason that it is not known
      if (code < 0x80) this.#acknowledge("pubrel", id, REASON.packetIdNotFound);
      return;
    }
    if (code >= 0x80) {
      // [MQTT-4.3.3-4] a refused publication is not released
      this.#refused(sent.command, `mqtt-${code}`, text ?? "the device refused the command");
      this.#settle(sent);
      return;
    }
    sent.released = true;
    this.#acknowledge("pubrel", id);
  }

  /** PUBCOMP. */
  completed(id: number): void {
    const sent = this.#waiting.get(id);
    if (sent?.released) this.#settle(sent);
  }

  /** The command has ended: the next need not wait for its acknowledgement, which its identifier stays reserved for. */
  forget(command: string): void {
    const sent = this.#find(command);
    sent?.settle?.(true);
    if (sent !== undefined) sent.settle = undefined;
  }

  /** What the session must remember. A command of an earlier connection that was not due again has ended. */
  sent(): Sent[] {
    return this.#sentHere().flatMap(({ id, command, released }) =>
      command === undefined ? [] : [{ id, command, released }],
    );
  }

  /** Nothing more is taken; returns what the session must remember. */
  close(): Sent[] {
    this.#closed = true;
    const left = this.sent();
    for (const { settle } of this.#waiting.values()) settle?.(false);
    this.#waiting.clear();
    return left;
  }

  /** A message of the dialect is no command that could fail. */
  #refused(command: string | undefined, code: string, text: string): void {
    if (command !== undefined) this.#options.refused(command, code, text);
  }

  #sentHere(): Waiting[] {
    return [...this.#waiting.values()].filter(({ sentHere }) => sentHere);
  }

  #acknowledge(kind: Acknowledgement, id: number, code = 0): void {
    const { client, send } = this.#options;
    if (code === 0 || client.level < 5) send(acknowledge(kind, id));
    else send(encode({ cmd: kind, messageId: id, reasonCode: code }, client.level));
  }

  #wait(sent: Waiting): Promise<boolean> {
    return new Promise((resolve) => {
      sent.settle = resolve;
    });
  }

  #settle(sent: Waiting): void {
    this.#waiting.delete(sent.id);
    sent.settle?.(true);
    if (!this.#held) return;
    this.#held = false;
    this.#options.roomAgain();
  }

  #find(command: string): Waiting | undefined {
    for (const sent of this.#waiting.values()) if (sent.command === command) return sent;
    return undefined;
  }

  /** [MQTT-2.2.1-4] one that is not in use. */
  #newId(): number {
    do this.#lastId = this.#lastId >= 0xffff ? 1 : this.#lastId + 1;
    while (this.#waiting.has(this.#lastId));
    return this.#lastId;
  }
}
