import type { ReactiveController, ReactiveControllerHost } from "lit";

const NARROW = matchMedia("(max-width: 47.99rem)");

/** Whether the window is as narrow as a phone; updates its host when that changes. */
export class Narrow implements ReactiveController {
  readonly #host: ReactiveControllerHost;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  get value(): boolean {
    return NARROW.matches;
  }

  hostConnected(): void {
    NARROW.addEventListener("change", this.#changed);
  }

  hostDisconnected(): void {
    NARROW.removeEventListener("change", this.#changed);
  }

  readonly #changed = (): void => this.#host.requestUpdate();
}
