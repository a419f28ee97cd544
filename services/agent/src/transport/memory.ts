import type { CommandMessage, ConfigurationMessage } from "@fleetlog/protocol";
import { ConnectError, type Link, type LinkEnd, type LinkEvents, type Outgoing, type Transport } from "./transport.ts";

export interface Arrival {
  readonly message: Outgoing;
  acknowledge(): void;
  refuse(error: Error): void;
}

export class MemoryConnection {
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

  holdAcknowledgements(): void {
    this.#acknowledgesAtOnce = false;
  }

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
        // A real connection would copy the message too.
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

/** Accepts or refuses connections, acknowledges messages, and delivers commands. */
export class MemoryGateway implements Transport {
  readonly name = "memory";
  /** The ends of the next attempts, in this order. Further attempts are accepted. */
  readonly refusals: LinkEnd[] = [];
  readonly connections: MemoryConnection[] = [];
  acknowledgesAtOnce = true;
  window: number | undefined;
  attempts = 0;

  get connection(): MemoryConnection {
    const newest = this.connections.at(-1);
    if (newest === undefined) throw new Error("no agent has connected");
    return newest;
  }

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
