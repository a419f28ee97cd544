import type { ReactiveController, ReactiveControllerHost } from "lit";
import { place } from "../state/location.ts";

const MOST = 50;
/** What a page loads may come late; where it was left is tried for so long, unless the operator moves it. */
const PATIENCE_MS = 5_000;
const MOVES = ["wheel", "pointerdown", "keydown", "touchstart"] as const;

/** Going back finds the page where it was left; going on starts at its top. */
export class KeepScroll implements ReactiveController {
  readonly #element: () => HTMLElement | null;
  readonly #kept = new Map<string, number>();
  #key = place.value.key;
  #path = place.value.path;
  #trying = 0;
  #end: () => void = () => {};

  constructor(host: ReactiveControllerHost, element: () => HTMLElement | null) {
    this.#element = element;
    host.addController(this);
  }

  hostConnected(): void {
    const end = place.subscribe(({ key, path }) => {
      const element = this.#element();
      if (element) this.#keep(this.#key, element.scrollTop);
      const moved = path !== this.#path;
      this.#key = key;
      this.#path = path;
      if (moved && element) this.#restore(element, this.#kept.get(key) ?? 0);
    });
    for (const move of MOVES) window.addEventListener(move, this.#cease, { capture: true, passive: true });
    this.#end = () => {
      end();
      for (const move of MOVES) window.removeEventListener(move, this.#cease, { capture: true });
    };
  }

  hostDisconnected(): void {
    this.#cease();
    this.#end();
  }

  /** A page that is made anew is short at first, and grows to where it was left. */
  #restore(element: HTMLElement, top: number): void {
    const until = performance.now() + PATIENCE_MS;
    const attempt = (): void => {
      element.scrollTo(0, top);
      // Fractions of a pixel are lost on the way.
      const there = Math.abs(element.scrollTop - top) < 2;
      if (!there && performance.now() < until) this.#trying = requestAnimationFrame(attempt);
    };
    this.#cease();
    this.#trying = requestAnimationFrame(attempt);
  }

  readonly #cease = (): void => cancelAnimationFrame(this.#trying);

  #keep(key: string, top: number): void {
    this.#kept.delete(key);
    this.#kept.set(key, top);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST && oldest !== undefined) this.#kept.delete(oldest);
  }
}
