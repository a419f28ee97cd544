import type { ReactiveController, ReactiveControllerHost } from "lit";
import { pageLocation } from "../state/location.ts";

const MOST = 50;
/** Content may load late: the position is set in each frame for this long, or until the operator scrolls. */
const RESTORE_MS = 5_000;
const MOVES = ["wheel", "pointerdown", "keydown", "touchstart"] as const;

export class KeepScroll implements ReactiveController {
  readonly #element: () => HTMLElement | null;
  readonly #kept = new Map<string, number>();
  #key = pageLocation.value.key;
  #path = pageLocation.value.path;
  #frame = 0;
  #end: () => void = () => {};

  constructor(host: ReactiveControllerHost, element: () => HTMLElement | null) {
    this.#element = element;
    host.addController(this);
  }

  hostConnected(): void {
    const end = pageLocation.subscribe(({ key, path }) => {
      const element = this.#element();
      if (element) this.#keep(this.#key, element.scrollTop);
      const moved = path !== this.#path;
      this.#key = key;
      this.#path = path;
      if (moved && element) this.#restore(element, this.#kept.get(key) ?? 0);
    });
    for (const move of MOVES) window.addEventListener(move, this.#stop, { capture: true, passive: true });
    this.#end = () => {
      end();
      for (const move of MOVES) window.removeEventListener(move, this.#stop, { capture: true });
    };
  }

  hostDisconnected(): void {
    this.#stop();
    this.#end();
  }

  #restore(element: HTMLElement, top: number): void {
    const until = performance.now() + RESTORE_MS;
    const attempt = (): void => {
      element.scrollTo(0, top);
      const there = Math.abs(element.scrollTop - top) < 2;
      if (!there && performance.now() < until) this.#frame = requestAnimationFrame(attempt);
    };
    this.#stop();
    this.#frame = requestAnimationFrame(attempt);
  }

  readonly #stop = (): void => cancelAnimationFrame(this.#frame);

  #keep(key: string, top: number): void {
    this.#kept.delete(key);
    this.#kept.set(key, top);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST && oldest !== undefined) this.#kept.delete(oldest);
  }
}
