import type { ReactiveController, ReactiveControllerHost } from "lit";

/** Time for the pointer to reach a button beside the list before the list moves. */
const LEFT_MS = 1_500;
/** After a key or a touch: time to look at a row and choose it. */
const ACTED_MS = 10_000;

/**
 * Whether a part of the page is in use, so that its content must not move. It is in use while the pointer is over it,
 * and for some time after the pointer, a key or a touch. Updates its host on changes.
 */
export class InUse implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #freed: () => void;
  #pointed = false;
  #until = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param freed called when the part is no longer in use */
  constructor(host: ReactiveControllerHost, freed: () => void) {
    this.#host = host;
    this.#freed = freed;
    host.addController(this);
  }

  hostDisconnected(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pointed = false;
    this.#until = 0;
  }

  get value(): boolean {
    return this.#pointed || this.#timer !== undefined;
  }

  readonly enter = ({ pointerType }: PointerEvent): void => {
    // Browsers report that the pointer has left when a finger is lifted, so a touch counts for a time, as a key does.
    if (pointerType === "touch") this.acted();
    else this.#pointed = true;
    this.#host.requestUpdate();
  };

  readonly leave = ({ pointerType }: PointerEvent): void => {
    if (pointerType === "touch") return;
    this.#pointed = false;
    this.#for(LEFT_MS);
  };

  /** Call after a key that acts on a row. */
  acted(): void {
    this.#for(ACTED_MS);
  }

  #for(ms: number): void {
    this.#until = Math.max(this.#until, performance.now() + ms);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (!this.#pointed) this.#freed();
      this.#host.requestUpdate();
    }, this.#until - performance.now());
    this.#host.requestUpdate();
  }
}
