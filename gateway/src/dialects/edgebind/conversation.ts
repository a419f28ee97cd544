import type { CommandMessage } from "@fleetlog/protocol";
import { type DeviceReports, NO_REPORTS } from "../../sessions/index.ts";
import type { JsonRpcConversation, JsonRpcDialectConnection, JsonRpcEvent } from "../jsonrpc-dialect.ts";

/** How long a device may take to close the connection after it has received an event. */
const CLOSES_WITHIN_MS = 2_000;
const RETRY_MS = 1_000;
/** RFC 6455, 7.1.5: closed without a close frame. */
const NO_CLOSE_FRAME = 1006;

interface Sent {
  readonly id: string;
  isReceived: boolean;
}

/**
 * A command is sent as the event with its name, if the device has subscribed to it. The library does not answer events,
 * so a ping after the event shows that the device has received it. The command is completed when the device closes the
 * connection, or some time after it has received the event. One command is sent at a time, so that a close answers only
 * one.
 */
export class EdgebindConversation implements JsonRpcConversation {
  readonly #connection: JsonRpcDialectConnection;
  #sent: Sent | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(connection: JsonRpcDialectConnection) {
    this.#connection = connection;
  }

  command({ id, name, params }: CommandMessage, deliveries: number): readonly JsonRpcEvent[] | undefined {
    // An earlier connection ended before the device answered. If the command were sent again, the device might reboot
    // twice.
    if (deliveries > 0) return undefined;
    if (this.#sent !== undefined || !this.#connection.subscriptions.has(name)) return undefined;
    const sent: Sent = { id, isReceived: false };
    this.#sent = sent;
    // The ping must follow the event, so it waits until the event was written.
    setImmediate(() => void this.#confirm(sent));
    return [{ name, params: argumentsOf(params) }];
  }

  subscribed(): void {
    this.#connection.offerCommands();
  }

  forget(command: string): void {
    if (this.#sent?.id !== command) return;
    this.#sent = undefined;
    clearTimeout(this.#timer);
    // The next command is offered later, because the queue is still ending this one.
    setImmediate(() => this.#connection.offerCommands());
  }

  closed(code: number): DeviceReports {
    const sent = this.#sent;
    if (sent === undefined || (code === NO_CLOSE_FRAME && !sent.isReceived)) return NO_REPORTS;
    return { kind: "command-result", result: { id: sent.id, ok: true, result: { closed: code } } };
  }

  ended(): void {
    this.#sent = undefined;
    clearTimeout(this.#timer);
  }

  async #confirm(sent: Sent): Promise<void> {
    if (this.#sent !== sent || !(await this.#connection.ping())) return;
    sent.isReceived = true;
    if (this.#sent === sent) this.#timer = setTimeout(() => void this.#complete(sent), CLOSES_WITHIN_MS);
  }

  /** Tries again while the log is away. */
  async #complete(sent: Sent): Promise<void> {
    if (this.#sent !== sent) return;
    const result = { id: sent.id, ok: true, result: { received: true } } as const;
    await this.#connection.report({ kind: "command-result", result }).catch(() => {
      if (this.#sent === sent) this.#timer = setTimeout(() => void this.#complete(sent), RETRY_MS);
    });
  }
}

/** Arguments of the event's listener: the elements of a list; any other value is the only argument. */
function argumentsOf(params: unknown): string {
  if (params === null || params === undefined) return "";
  return (Array.isArray(params) ? params : [params]).map((one) => JSON.stringify(one)).join(",");
}
