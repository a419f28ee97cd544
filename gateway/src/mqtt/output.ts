import type { Flushable, Flusher } from "./flow/flusher.ts";
import type { Link } from "./link/link.ts";
import type { Client } from "./session/client.ts";
import type { Arrival } from "./session/inbound.ts";
import { acknowledge, encode } from "./wire/encode.ts";
import { asAcknowledgement, type MqttFault, REASON, returnCodeOf, UnsupportedVersion } from "./wire/reasons.ts";

/** Largest number of packets that are collected before they are written. */
const MOST_AT_ONCE = 1_024;

/** The connection, as its output uses it. */
export interface OutputOwner {
  /** Called when the peer reads too slowly. */
  outputFull(): void;
}

/** Collects the packets to one peer and writes them once per turn of the event loop. */
export class Output implements Flushable {
  link: Link | undefined;
  readonly #flusher: Flusher;
  readonly #owner: OutputOwner;
  #due: Buffer[] | undefined;
  #full = false;
  #ending = false;
  #ended = false;
  #onDrained: ((written: boolean) => void)[] | undefined;

  constructor(flusher: Flusher, owner: OutputOwner) {
    this.#flusher = flusher;
    this.#owner = owner;
  }

  /** Whether the peer reads too slowly. Then the packets that were sent last have not reached it. */
  get stalled(): boolean {
    return this.#full;
  }

  send(packet: Buffer): void {
    if (this.#ended) return;
    // A small buffer is a slice of Node's pooled slab. While the peer does not read, copy it, so that the slab can be freed.
    const bytes = this.#full ? unpooled(packet) : packet;
    if (this.#due !== undefined) {
      // Also flush within the turn. One turn may handle megabytes of requests, and only a write shows that the peer
      // does not read the answers.
      if (this.#due.push(bytes) >= MOST_AT_ONCE) this.flush();
      return;
    }
    this.#due = [bytes];
    this.#flusher.add(this);
  }

  flush(): void {
    const due = this.#due;
    // While the peer does not read, packets stay here. `drained` writes them.
    if (due === undefined || this.link === undefined || (this.#full && !this.#ending)) return;
    this.#due = undefined;
    const bytes = due.length === 1 ? (due[0] as Buffer) : Buffer.concat(due);
    if (this.link.write(bytes) || this.#ended) return;
    this.#full = true;
    this.#owner.outputFull();
  }

  /**
   * Writes the collected packets. Resolves true at once or, if the peer reads too slowly, when it has caught up.
   * Resolves false if the connection ends first.
   */
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

  /** Sends PUBACK or PUBREC. */
  sendAcknowledgement(
    { id, qos }: Pick<Arrival, "id" | "qos">,
    code: number,
    text: string | undefined,
    client: Client | undefined,
  ): void {
    const cmd = qos === 1 ? "puback" : "pubrec";
    if ((code === 0 && text === undefined) || client === undefined || client.level < 5) {
      this.send(acknowledge(cmd, id));
      return;
    }
    const base = { cmd, messageId: id, reasonCode: code === 0 ? 0 : asAcknowledgement(code) } as const;
    this.#sendWithReason(base, text, client, client.problemInformation);
  }

  /**
   * Sends a CONNACK with the refusal. Sends nothing if CONNECT was not read far enough to know its version
   * [MQTT-3.1.4-1].
   */
  refuse(fault: MqttFault, client: Client | undefined): void {
    const { reason, message } = fault;
    if (fault instanceof UnsupportedVersion) {
      // [MQTT-3.1.2-2]
      if (fault.newer) this.send(encode({ cmd: "connack", reasonCode: reason, sessionPresent: false }, 5));
      else this.send(encode({ cmd: "connack", returnCode: returnCodeOf(reason), sessionPresent: false }, 4));
    } else if (client?.level === 5) {
      this.#sendWithReason({ cmd: "connack", reasonCode: reason, sessionPresent: false }, message, client, true);
    } else if (client !== undefined && reason >= REASON.clientIdNotValid && reason !== REASON.packetTooLarge) {
      // MQTT 3 has no code for a malformed or unexpected packet: the connection closes without CONNACK.
      this.send(encode({ cmd: "connack", returnCode: returnCodeOf(reason), sessionPresent: false }, client.level));
    }
  }

  /** Sends the DISCONNECT of MQTT 5. */
  disconnect(reason: number, text: string | undefined, client: Client): void {
    this.#sendWithReason({ cmd: "disconnect", reasonCode: reason }, text, client, true);
  }

  /** Writes the remaining packets and closes the link. */
  end(): void {
    this.#ending = true;
    this.flush();
    this.#ended = true;
    this.link?.end();
    this.#settle(false);
  }

  /** The transport is closed: drops the remaining packets. */
  gone(): void {
    this.#ended = true;
    this.#due = undefined;
    this.#settle(false);
  }

  /** Adds a reason string, if the client wants it [MQTT-3.1.2-29] and the packet stays within its maximum packet size. */
  #sendWithReason(
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
