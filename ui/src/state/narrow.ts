import type { ReactiveController, ReactiveControllerHost } from "lit";

const NARROW = matchMedia("(max-width: 47.99rem)");
const COARSE = matchMedia("(pointer: coarse)");

/** Whether the window is as narrow as a phone, and whether it is used by touch. Updates its host on changes. */
export class Narrow implements ReactiveController {
  readonly #host: ReactiveControllerHost;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  get value(): boolean {
    return NARROW.matches;
  }

  /** Buttons for touch need a height of at least 40 px. */
  get touch(): boolean {
    return COARSE.matches;
  }

  hostConnected(): void {
    for (const query of [NARROW, COARSE]) query.addEventListener("change", this.#changed);
  }

  hostDisconnected(): void {
    for (const query of [NARROW, COARSE]) query.removeEventListener("change", this.#changed);
  }

  readonly #changed = (): void => this.#host.requestUpdate();
}
