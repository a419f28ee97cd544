import type { ReactiveControllerHost } from "lit";
import { MediaQuery } from "./media-query.ts";

/** Whether the window is as narrow as a phone, and whether it is used by touch. Updates its host on changes. */
export class Narrow {
  readonly #narrow: MediaQuery;
  readonly #coarse: MediaQuery;

  constructor(host: ReactiveControllerHost) {
    this.#narrow = new MediaQuery(host, "(max-width: 47.99rem)");
    this.#coarse = new MediaQuery(host, "(pointer: coarse)");
  }

  get value(): boolean {
    return this.#narrow.matches;
  }

  /** Buttons for touch need a height of at least 40 px. */
  get touch(): boolean {
    return this.#coarse.matches;
  }
}
