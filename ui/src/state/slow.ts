import type { ReactiveController, ReactiveControllerHost } from "lit";

/** An answer within this time needs no explanation. */
const SLOW_MS = 2_000;

/** Whether its host has been waiting for two seconds without a break. Updates its host when it becomes true. */
export class Slow implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #waits: () => boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #value = false;

  /** @param waits whether the host waits now; read in each update of the host */
  constructor(host: ReactiveControllerHost, waits: () => boolean) {
    this.#host = host;
    this.#waits = waits;
    host.addController(this);
  }

  get value(): boolean {
    return this.#value;
  }

  hostConnected(): void {
    // An element that is shown again is not updated by itself.
    this.#host.requestUpdate();
  }

  hostUpdate(): void {
    if (!this.#waits()) this.#stop();
    else
      this.#timer ??= setTimeout(() => {
        this.#value = true;
        this.#host.requestUpdate();
      }, SLOW_MS);
  }

  hostDisconnected(): void {
    this.#stop();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#value = false;
  }
}
