import type { ReactiveController, ReactiveControllerHost } from "lit";
import { asApiError, isAbort } from "../data/problem.ts";
import { type ReplayPosition, ReplaySocket } from "../data/replays.ts";
import { goTo, past } from "./past.ts";
import { Store } from "./store.ts";

/** Whether the page's moment moves by itself. */
export const playing = new Store(false);

export interface ReplayOptions {
  /** The device whose events are replayed; undefined: all devices. */
  readonly device: () => string | undefined;
  /** Whether the page still loads the newest moment. */
  readonly busy: () => boolean;
}

type Control = { readonly type: "play"; readonly speed: number } | { readonly type: "step" };

/** Time between two moments of the page, in ms. The page loads every moment. */
const PACE_MS = 1_000;
/** Speed of a replay that is opened for a step: its time practically stands still until the step arrives. */
const STANDING = 1e-6;
/** After this long, the page moves on although it still loads. */
const PATIENCE_MS = 15_000;

/** Plays the past: moves the moment that the page shows. */
export class ReplayController implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #options: ReplayOptions;
  #abort: AbortController | undefined;
  #socket: ReplaySocket | undefined;
  #position: ReplayPosition | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #movedAt = 0;
  #fault = "";

  constructor(host: ReactiveControllerHost, options: ReplayOptions) {
    this.#host = host;
    this.#options = options;
    host.addController(this);
  }

  /** Why the replay does not go on; "" without a fault. */
  get fault(): string {
    return this.#fault;
  }

  get playing(): boolean {
    return playing.value;
  }

  /** The replay has reached the time at which it was begun. */
  get ended(): boolean {
    return this.#position?.state === "ended";
  }

  get speed(): number {
    return past.value?.speed ?? 1;
  }

  hostDisconnected(): void {
    this.stop();
  }

  toggle(): void {
    // The page stays at the moment that it shows.
    if (playing.value) this.stop();
    else this.#control({ type: "play", speed: this.speed });
  }

  /** Moves to the next event. */
  step(): void {
    this.#control({ type: "step" });
  }

  setSpeed(speed: number): void {
    if (past.value === undefined) return;
    goTo(past.value.at, "replace", speed);
    if (playing.value) this.#control({ type: "play", speed });
    this.#host.requestUpdate();
  }

  /** Call when something else has moved the page's moment. */
  stop(): void {
    this.#abort?.abort();
    this.#abort = undefined;
    this.#socket?.end();
    this.#socket = undefined;
    this.#position = undefined;
    this.#fault = "";
    this.#rest();
  }

  #control(control: Control): void {
    if (past.value === undefined) return;
    this.#fault = "";
    if (control.type === "play") this.#run();
    else this.#rest();
    if (this.#socket === undefined) void this.#open(control);
    else this.#socket.send(control);
    this.#host.requestUpdate();
  }

  async #open(control: Control): Promise<void> {
    const { at } = past.value ?? {};
    if (at === undefined || this.#abort !== undefined) return;
    const abort = new AbortController();
    this.#abort = abort;
    const device = this.#options.device();
    try {
      const socket = await ReplaySocket.open(
        {
          from: at,
          speed: control.type === "play" ? control.speed : STANDING,
          ...(device !== undefined && { device }),
        },
        {
          position: (position) => this.#moved(position),
          problem: (message) => this.#failed(message),
          ended: (why) => this.#failed(why),
        },
        abort.signal,
      );
      this.#socket = socket;
      if (control.type === "step") socket.send(control);
    } catch (thrown) {
      if (!isAbort(thrown) && this.#abort === abort) this.#failed(asApiError(thrown).message);
    }
  }

  #moved(position: ReplayPosition): void {
    this.#position = position;
    if (position.state === "playing") return;
    this.#rest();
    this.#go();
  }

  #failed(why: string): void {
    this.stop();
    this.#fault = why;
    this.#host.requestUpdate();
  }

  #run(): void {
    playing.set(true);
    this.#timer ??= setInterval(() => this.#tick(), PACE_MS / 4);
  }

  #rest(): void {
    playing.set(false);
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#host.requestUpdate();
  }

  #tick(): void {
    const waited = performance.now() - this.#movedAt;
    const isDue = waited >= PACE_MS && (waited >= PATIENCE_MS || !this.#options.busy());
    if (isDue && document.visibilityState === "visible") this.#go();
  }

  #go(): void {
    const at = this.#position?.at;
    if (at === undefined || past.value === undefined || past.value.at === at) return;
    this.#movedAt = performance.now();
    goTo(at, "replace");
  }
}
