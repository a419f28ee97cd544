import type { CommandMessage, ConfigurationMessage } from "@fleetlog/protocol";
import { ConnectError, type Link, type LinkEnd, type LinkEvents, type Outgoing, type Transport } from "./transport.ts";

/** A message that the gateway in memory has received. */
export interface Arrival {
  readonly message: Outgoing;
  acknowledge(): void;
  refuse(error: Error): void;
}

/** The gateway's side of a connection in memory. */
export class MemoryConnection {
  /** All received messages, in order. */
  readonly arrivals: Arrival[] = [];
  readonly ended: Promise<LinkEnd>;
  readonly #events: LinkEvents;
  readonly #waiting = new Set<(error: Error) => void>();
  #end: (end: LinkEnd) => void = () => {};
  #open = true;
  #acknowledgesAtOnce: boolean;

  constructor(events: LinkEvents, acknowledgesAtOnce: boolean) {
    this.#events = events;
    this.#acknowledgesAtOnce = acknowledgesAtOnce;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get open(): boolean {
    return this.#open;
  }
  get messages(): Outgoing[] {
    return this.arrivals.map(({ message }) => message);
  }

  deliver(command: CommandMessage, remainingMs?: number): void {
    if (this.#open) this.#events.onCommand(structuredClone(command), remainingMs);
  }

  configure(message: ConfigurationMessage): void {
    if (this.#open) this.#events.onConfiguration?.(structuredClone(message));
  }

  cancel(id: string): void {
    if (this.#open) this.#events.onCancelled(id);
  }

  /** Acknowledges later messages only on request. */
  holdAcknowledgements(): void {
    this.#acknowledgesAtOnce = false;
  }

  /** Acknowledges all pending messages, and every later one at once. */
  acknowledgeAll(): void {
    this.#acknowledgesAtOnce = true;
    for (const arrival of this.arrivals) arrival.acknowledge();
  }

  drop(end: LinkEnd = { kind: "lost", reason: "dropped" }): void {
    this.#open = false;
    for (const reject of this.#waiting) reject(new Error(end.reason));
    this.#waiting.clear();
    this.#end(end);
  }

  receive(message: Outgoing): Promise<void> {
    if (!this.#open) return Promise.reject(new Error("not connected"));
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      const arrival: Arrival = {
        // A copy, as over a real connection: later changes on one side must not affect the other.
        message: structuredClone(message),
        acknowledge: () => {
          if (this.#waiting.delete(reject)) resolve();
        },
        refuse: (error) => {
          if (this.#waiting.delete(reject)) reject(error);
        },
      };
      this.arrivals.push(arrival);
      if (this.#acknowledgesAtOnce) arrival.acknowledge();
    });
  }
}

/** A gateway in memory: accepts or refuses connections, acknowledges messages at once or on request, delivers commands. */
export class MemoryGateway implements Transport {
  readonly name = "memory";
  /** Refusals for the next attempts, in this order; when none is left, attempts are accepted. */
  readonly refusals: LinkEnd[] = [];
  readonly connections: MemoryConnection[] = [];
  acknowledgesAtOnce = true;
  window: number | undefined;
  attempts = 0;

  /** The newest connection. */
  get connection(): MemoryConnection {
    const newest = this.connections.at(-1);
    if (newest === undefined) throw new Error("no agent has connected");
    return newest;
  }

  /** All messages received over all connections, in order. */
  get messages(): Outgoing[] {
    return this.connections.flatMap(({ messages }) => messages);
  }

  async connect(events: LinkEvents, signal: AbortSignal): Promise<Link> {
    this.attempts += 1;
    const refusal = signal.aborted ? ({ kind: "closed", reason: "aborted" } as const) : this.refusals.shift();
    if (refusal !== undefined) throw new ConnectError(refusal);
    const connection = new MemoryConnection(events, this.acknowledgesAtOnce);
    this.connections.push(connection);
    return {
      window: this.window,
      ended: connection.ended,
      send: (message) => connection.receive(message),
      cut: () => connection.drop({ kind: "lost", reason: "cut" }),
      async close() {
        connection.drop({ kind: "closed", reason: "closed by the device" });
      },
    };
  }
}
