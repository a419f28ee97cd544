import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { JsonRpcEvent } from "../dialects/index.ts";
import { eventMessage } from "../rpc/answers.ts";
import { Outbox } from "../rpc/outbox.ts";
import type { AnySession } from "../sessions/index.ts";
import { Pings } from "./pings.ts";

/** The connection, as its sending sees it. */
export interface SendingOwner {
  readonly closed: boolean;
  /** Undefined before the log-in. */
  readonly session: AnySession | undefined;
}

/** Sends answers, events and pings to one device. */
export class Sending {
  readonly outbox: Outbox;
  readonly #websocket: WebSocket;
  readonly #owner: SendingOwner;
  #offersWhenDrained = false;
  /** Made on first use, because most connections never need an awaited ping. */
  #pings: Pings | undefined;

  constructor(websocket: WebSocket, socket: Duplex, owner: SendingOwner) {
    this.#websocket = websocket;
    this.#owner = owner;
    this.outbox = new Outbox(websocket, socket);
  }

  get open(): boolean {
    return !this.#owner.closed && this.outbox.open;
  }

  /** Whether a message can be sent now. If the outbox is full, commands are offered again once it is drained. */
  hasRoom(): boolean {
    if (!this.open) return false;
    if (this.outbox.full) this.#offerWhenDrained();
    return !this.outbox.full;
  }

  /** Resolves with true when the operating system has accepted the event, false if it can't be sent. */
  event({ name, params }: JsonRpcEvent): Promise<boolean> {
    return new Promise((resolve) => this.outbox.send(eventMessage(name, params), resolve));
  }

  /** Resolves with true at the answer, false when the connection ends or after `withinMs` milliseconds. */
  ping(withinMs?: number): Promise<boolean> {
    this.#pings ??= new Pings(this.#websocket);
    return this.#pings.send(withinMs);
  }

  #offerWhenDrained(): void {
    if (this.#offersWhenDrained) return;
    this.#offersWhenDrained = true;
    void this.outbox.drained.then(() => {
      this.#offersWhenDrained = false;
      this.#owner.session?.offerCommands();
    });
  }
}
