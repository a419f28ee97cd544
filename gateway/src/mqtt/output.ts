import type { Flushable, Flusher } from "./flow/flusher.ts";
import type { Link } from "./link/link.ts";
import type { Client } from "./session/client.ts";
import type { Arrival } from "./session/inbound.ts";
import { acknowledge, encode } from "./wire/encode.ts";
import { asAcknowledgement, type MqttFault, REASON, returnCodeOf, UnsupportedVersion } from "./wire/reasons.ts";

/** Packets that are gathered before they are written. */
const MOST_AT_ONCE = 1_024;

/** Packets to one peer, gathered and written once a turn of the event loop. */
export class Output implements Flushable {
  link: Link | undefined;
  readonly #flusher: Flusher;
  readonly #onFull: () => void;
  #due: Buffer[] | undefined;
  #full = false;
  #ending = false;
  #ended = false;
  #onDrained: ((written: boolean) => void)[] | undefined;

  /** @param onFull called when the peer reads too slowly what is sent to it */
  constructor(flusher: Flusher, onFull: () => void) {
    this.#flusher = flusher;
    this.#onFull = onFull;
  }

  send(packet: Buffer): void {
    if (this.#ended) return;
    // A small buffer is a part of a slab of Node's, which a peer that does not read would hold as a whole.
    const bytes = this.#full ? unpooled(packet) : packet;
    if (this.#due !== undefined) {
      // Written within the turn, too: only the link can tell that the peer does not read, and one turn may read
      // megabytes of questions.
      if (this.#due.push(bytes) >= MOST_AT_ONCE) this.flush();
      return;
    }
    this.#due = [bytes];
    this.#flusher.add(this);
  }

  flush(): void {
    const due = this.#due;
    // What comes while the peer does not read waits for it here, to be written at once.
    if (due === undefined || this.link === undefined || (this.#full && !this.#ending)) return;
    this.#due = undefined;
    const bytes = due.length === 1 ? (due[0] as Buffer) : Buffer.concat(due);
    if (this.link.write(bytes) || this.#ended) return;
    this.#full = true;
    this.#onFull();
  }

  /** Resolves true once what was sent is with the system or the peer reads, false if the connection goes first. */
  written(): Promise<boolean> {
    this.flush();
    if (this.#ended) return Promise.resolve(false);
    if (!this.#full) return Promise.resolve(true);
    return new Promise((resolve) => {
      this.#onDrained ??= [];
      this.#onDrained.push(resolve);
    });
  }

  drained(): void {
    this.#full = false;
    this.flush();
    this.#settle(true);
  }

  /** PUBACK or PUBREC. */
  sendAcknowledgement({ id, qos }: Arrival, code: number, text: string | undefined, client: Client | undefined): void {
    const cmd = qos === 1 ? "puback" : "pubrec";
    if (code === 0 || client === undefined || client.level < 5) {
      this.send(acknowledge(cmd, id));
      return;
    }
    const base = { cmd, messageId: id, reasonCode: asAcknowledgement(code) } as const;
    this.#sendExplained(base, text, client, client.problemInformation);
  }

  /** CONNACK that refuses; none while the client's version is not known [MQTT-3.1.4-1]. */
  refuse(fault: MqttFault, client: Client | undefined): void {
    const { reason, message } = fault;
    if (fault instanceof UnsupportedVersion) {
      // [MQTT-3.1.2-2]
      if (fault.newer) this.send(encode({ cmd: "connack", reasonCode: reason, sessionPresent: false }, 5));
      else this.send(encode({ cmd: "connack", returnCode: returnCodeOf(reason), sessionPresent: false }, 4));
    } else if (client?.level === 5) {
      this.#sendExplained({ cmd: "connack", reasonCode: reason, sessionPresent: false }, message, client, true);
    } else if (client !== undefined && reason >= REASON.clientIdNotValid && reason !== REASON.packetTooLarge) {
      // MQTT 3 has no code for packets that are malformed or out of order: it just closes.
      this.send(encode({ cmd: "connack", returnCode: returnCodeOf(reason), sessionPresent: false }, client.level));
    }
  }

  /** DISCONNECT of MQTT 5. */
  disconnect(reason: number, text: string | undefined, client: Client): void {
    this.#sendExplained({ cmd: "disconnect", reasonCode: reason }, text, client, true);
  }

  /** Writes what is left and closes. */
  end(): void {
    this.#ending = true;
    this.flush();
    this.#ended = true;
    this.link?.end();
    this.#settle(false);
  }

  gone(): void {
    this.#ended = true;
    this.#due = undefined;
    this.#settle(false);
  }

  /** With a reason string, if the client wants it [MQTT-3.1.2-29] and it fits into its maximum packet size. */
  #sendExplained(
    packet: Parameters<typeof encode>[0],
    text: string | undefined,
    client: Client,
    wanted: boolean,
  ): void {
    if (wanted && text !== undefined) {
      const bytes = encode({ ...packet, properties: { reasonString: text } } as typeof packet, client.level);
      if (bytes.length <= client.maximumPacketSize) {
        this.send(bytes);
        return;
      }
    }
    const bytes = encode(packet, client.level);
    // [MQTT-3.1.2-24]
    if (bytes.length <= client.maximumPacketSize) this.send(bytes);
  }

  #settle(written: boolean): void {
    const waiting = this.#onDrained;
    this.#onDrained = undefined;
    for (const resolve of waiting ?? []) resolve(written);
  }
}

function unpooled(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
