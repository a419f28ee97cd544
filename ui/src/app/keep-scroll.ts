import type { ReactiveController, ReactiveControllerHost } from "lit";
import { place } from "../state/location.ts";

const MOST = 50;

/** Going back finds the page where it was left; going on starts at its top. */
export class KeepScroll implements ReactiveController {
  readonly #element: () => HTMLElement | null;
  readonly #kept = new Map<string, number>();
  #key = place.value.key;
  #path = place.value.path;
  #end: () => void = () => {};

  constructor(host: ReactiveControllerHost, element: () => HTMLElement | null) {
    this.#element = element;
    host.addController(this);
  }

  hostConnected(): void {
    this.#end = place.subscribe(({ key, path }) => {
      const element = this.#element();
      if (element) this.#keep(this.#key, element.scrollTop);
      const moved = path !== this.#path;
      this.#key = key;
      this.#path = path;
      if (moved && element) requestAnimationFrame(() => element.scrollTo(0, this.#kept.get(key) ?? 0));
    });
  }

  hostDisconnected(): void {
    this.#end();
  }

  #keep(key: string, top: number): void {
    this.#kept.delete(key);
    this.#kept.set(key, top);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST && oldest !== undefined) this.#kept.delete(oldest);
  }
}
