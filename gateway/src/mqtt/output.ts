import type { Packet } from "mqtt-packet";
import type { Flushable, Flusher } from "./flow/flusher.ts";
import type { Client } from "./session/client.ts";
import type { Arrival } from "./session/inbound.ts";
import type { Transport } from "./transport/transport.ts";
import { acknowledge, encode } from "./wire/encode.ts";
import { asAcknowledgement, MqttFault, REASON, returnCodeOf, UnsupportedVersion } from "./wire/reasons.ts";

const MAX_AT_ONCE = 1_024;

/** MQTT 3 has no return code for malformed or unexpected packets, nor for internal errors. */
const WITHOUT_RETURN_CODE: ReadonlySet<number> = new Set([
  REASON.unspecified,
  REASON.malformed,
  REASON.protocolError,
  REASON.unsupportedVersion,
  REASON.packetTooLarge,
]);

/** The connection, as its output sees it. */
export interface OutputOwner {
  outputFull(): void;
}

/** Collects packets to a peer, and writes them once a turn of the event loop. */
export class Output implements Flushable {
  transport: Transport | undefined;
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

  /** Whether the peer reads too slowly, so that the last packets have not reached the peer. */
  get stalled(): boolean {
    return this.#full;
  }

  send(packet: Buffer): void {
    if (this.#ended) return;
    // A small buffer is a slice of Node's pool. While the peer does not read, a copy lets the pool's slab be freed.
    const bytes = this.#full ? unpooled(packet) : packet;
    if (this.#due !== undefined) {
      // A turn may handle megabytes of requests. Only a write shows that the peer does not read.
      if (this.#due.push(bytes) >= MAX_AT_ONCE) this.flush();
      return;
    }
    this.#due = [bytes];
    this.#flusher.add(this);
  }

  flush(): void {
    const due = this.#due;
    if (due === undefined || this.transport === undefined || (this.#full && !this.#ending)) return;
    this.#due = undefined;
    const bytes = due.length === 1 ? (due[0] as Buffer) : Buffer.concat(due);
    if (this.transport.write(bytes) || this.#ended) return;
    this.#full = true;
    this.#owner.outputFull();
  }

  /** Resolves with true when all packets are written and the peer reads. */
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

  refuse(fault: MqttFault, client: Client | undefined): void {
    const { reason, message } = fault;
    if (fault instanceof UnsupportedVersion) {
      // [MQTT-3.1.2-2]
      if (fault.newer) this.send(encode({ cmd: "connack", reasonCode: reason, sessionPresent: false }, 5));
      else this.send(encode({ cmd: "connack", returnCode: returnCodeOf(reason), sessionPresent: false }, 4));
    } else if (client?.level === 5) {
      this.#sendWithReason({ cmd: "connack", reasonCode: reason, sessionPresent: false }, message, client, true);
    } else if (client !== undefined && !WITHOUT_RETURN_CODE.has(reason)) {
      this.send(encode({ cmd: "connack", returnCode: returnCodeOf(reason), sessionPresent: false }, client.level));
    }
  }

  disconnect(reason: number, text: string | undefined, client: Client): void {
    this.#sendWithReason({ cmd: "disconnect", reasonCode: reason }, text, client, true);
  }

  end(): void {
    this.#ending = true;
    this.flush();
    this.#ended = true;
    this.transport?.end();
    this.#settle(false);
  }

  gone(): void {
    this.#ended = true;
    this.#due = undefined;
    this.#settle(false);
  }

  /** Sends a reason string if the client wants one [MQTT-3.1.2-29] and the packet stays small enough. */
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

/** @throws MqttFault if the client accepts only smaller packets */
export function encodeFor(client: Client | undefined, packet: Packet): Buffer {
  const bytes = encode(packet, client?.level ?? 4);
  const most = client?.maximumPacketSize ?? Number.POSITIVE_INFINITY;
  // [MQTT-3.1.2-24]
  if (bytes.length > most) {
    throw new MqttFault(REASON.packetTooLarge, `${packet.cmd} is larger than the ${most} bytes that the client takes`);
  }
  return bytes;
}

function unpooled(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
