import type { Replay, ReplayControl, ReplayPosition, ReplayProblem, StartReplay } from "@fleetlog/protocol";
import { call } from "./api.ts";
import { basePath } from "./base.ts";

export type { ReplayPosition } from "@fleetlog/protocol";

export interface ReplayEvents {
  position(position: ReplayPosition): void;
  problem(message: string): void;
  /** Called once. @param why "" if there is nothing to say */
  ended(why: string): void;
}

const NORMAL = 1_000;

/** The gateway's socket with a replay's positions. Unusable after its end. */
export class ReplaySocket {
  readonly #socket: WebSocket;
  readonly #events: ReplayEvents;
  #over = false;

  private constructor(path: string, events: ReplayEvents) {
    this.#events = events;
    const { protocol, host } = window.location;
    this.#socket = new WebSocket(`${protocol === "https:" ? "wss:" : "ws:"}//${host}${basePath}${path.slice(1)}`);
    this.#socket.addEventListener("message", ({ data }: MessageEvent<string>) => {
      if (this.#over) return;
      const message = JSON.parse(data) as ReplayPosition | ReplayProblem;
      if (message.type === "position") events.position(message);
      else if (message.type === "problem") events.problem(message.message);
    });
    this.#socket.addEventListener("close", ({ code, reason }) => {
      this.#end(code === NORMAL ? "" : reason || "The connection of the replay was lost.");
    });
  }

  /**
   * Plays from a moment to now.
   *
   * @throws ApiError
   */
  static async open(
    { from, speed, device }: { readonly from: string; readonly speed: number; readonly device?: string },
    events: ReplayEvents,
    signal: AbortSignal,
  ): Promise<ReplaySocket> {
    const body: StartReplay = { from, speed, content: "positions", ...(device && { device }) };
    const { stream } = await call<Replay>("POST", "/history/replays", { body, signal });
    signal.throwIfAborted();
    return new ReplaySocket(stream, events);
  }

  /** While the socket opens, controls wait. */
  send(control: ReplayControl): void {
    const text = JSON.stringify(control);
    if (this.#socket.readyState !== WebSocket.CONNECTING) this.#socket.send(text);
    else this.#socket.addEventListener("open", () => this.#socket.send(text), { once: true });
  }

  end(): void {
    this.#over = true;
    this.#socket.close(NORMAL);
  }

  #end(why: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#events.ended(why);
  }
}
