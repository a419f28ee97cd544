import type { Duplex } from "node:stream";
import { sameJson } from "@fleetlog/domain";
import type { WebSocket } from "ws";
import type { Authenticated } from "../http/access/authenticate.ts";
import { CLOSE } from "../net/refusing/end-codes.ts";
import { retryAfterMs, seconds } from "../net/refusing/retry-after.ts";
import { type Close, fitting } from "../rpc/closing.ts";
import type { Heartbeat, HeartbeatTarget } from "../rpc/heartbeat.ts";
import { Outbox } from "../rpc/outbox.ts";

export interface Viewer extends Pick<Authenticated, "person" | "revalidate"> {
  /** When the access token ends, in milliseconds since the epoch. */
  readonly until?: number;
}

export interface PersonSocketContext {
  readonly heartbeat: Heartbeat;
  readonly clock: () => number;
}

export interface PersonSocketUser {
  message(data: Buffer): void;
  /** No more messages are handled; called once, when the socket begins to close or is closed. */
  ended(): void;
}

/** Ping intervals without data from the peer, after which it is disconnected. */
const MAX_SILENT_INTERVALS = 2;
/** Node's maximum for a timer. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** A person's WebSocket. It ends with the person's access, and if the peer is silent. */
export class PersonSocket implements HeartbeatTarget {
  readonly outbox: Outbox;
  readonly viewer: Viewer;
  readonly #context: PersonSocketContext;
  readonly #websocket: WebSocket;
  readonly #user: PersonSocketUser;
  readonly #slot: number;
  #expiry: NodeJS.Timeout | undefined;
  #silentIntervals = 0;
  #ending = false;

  constructor(
    context: PersonSocketContext,
    websocket: WebSocket,
    socket: Duplex,
    viewer: Viewer,
    user: PersonSocketUser,
  ) {
    this.#context = context;
    this.#websocket = websocket;
    this.viewer = viewer;
    this.#user = user;
    this.outbox = new Outbox(websocket, socket);
    this.#slot = context.heartbeat.add(this);
    websocket.on("message", (data: Buffer) => {
      this.#silentIntervals = 0;
      user.message(data);
    });
    websocket.on("ping", (data: Buffer) => {
      if (!this.outbox.full) websocket.pong(data);
    });
    websocket.on("pong", () => {
      this.#silentIntervals = 0;
    });
    // `close` follows every error.
    websocket.on("error", () => {});
    websocket.on("close", () => this.#onClosed());
    this.#watchExpiry();
  }

  /** Resolves when the connection is closed. */
  async closeForStop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#websocket.once("close", () => resolve()));
    this.close({ code: CLOSE.restart, text: `this node stops; retry after ${seconds(retryAfterMs())} s` });
    await closed;
  }

  checkAlive(): void {
    if (this.#ending) return;
    if (this.#silentIntervals >= MAX_SILENT_INTERVALS) {
      this.close({ code: undefined, text: "silent for too long" });
      return;
    }
    this.#silentIntervals++;
    if (!this.outbox.full) this.#websocket.ping();
    this.revalidate();
  }

  isOf(person: string): boolean {
    const { id, apiKey } = this.viewer.person;
    return id === person || apiKey?.owner === person;
  }

  revalidate(): void {
    this.viewer.revalidate().then(
      (person) => {
        if (person === undefined || !sameJson(person, this.viewer.person))
          this.close({ code: CLOSE.policy, text: "signed out" });
      },
      // While the store is unavailable, the next interval tries again.
      () => {},
    );
  }

  close({ code, text }: Close): void {
    if (this.#ending) return;
    this.#end();
    if (code === undefined) {
      this.#websocket.terminate();
      return;
    }
    // The peer's close frame must be read.
    this.#websocket.resume();
    this.#websocket.close(code, fitting(text));
  }

  #watchExpiry(): void {
    const until = this.viewer.until ?? this.viewer.person.apiKey?.until;
    if (until === undefined || this.#ending) return;
    const left = until - this.#context.clock();
    if (left <= 0) this.close({ code: CLOSE.policy, text: "signed out" });
    else this.#expiry = setTimeout(() => this.#watchExpiry(), Math.min(left, MAX_TIMEOUT_MS));
  }

  #onClosed(): void {
    clearTimeout(this.#expiry);
    this.#context.heartbeat.remove(this, this.#slot);
    if (!this.#ending) this.#end();
  }

  #end(): void {
    this.#ending = true;
    this.#user.ended();
  }
}
