import type { ReactiveController, ReactiveControllerHost } from "lit";
import { type Change, feed, type Watch, type WatchRequest } from "../data/feed/feed.ts";

/**
 * Watches live changes while its host is on the page. `request` computes the watch from the host's properties;
 * undefined: none.
 */
export class WatchController implements ReactiveController {
  readonly #request: () => WatchRequest | undefined;
  readonly #changed: (change: Change) => void;
  #key: string | undefined;
  #watch: Watch | undefined;
  #isGone = false;

  constructor(
    host: ReactiveControllerHost,
    request: () => WatchRequest | undefined,
    changed: (change: Change) => void,
  ) {
    this.#request = request;
    this.#changed = changed;
    host.addController(this);
  }

  hostConnected(): void {
    this.#isGone = false;
  }

  hostUpdated(): void {
    // An update that was requested before the disconnection may run after it.
    if (this.#isGone) return;
    const request = this.#request();
    const key = request === undefined ? undefined : JSON.stringify(request);
    if (key === this.#key) return;
    this.#key = key;
    if (request === undefined) this.#end();
    else if (this.#watch === undefined) this.#watch = feed.watch(request, this.#changed);
    else this.#watch.change(request);
  }

  hostDisconnected(): void {
    this.#isGone = true;
    this.#end();
    this.#key = undefined;
  }

  #end(): void {
    this.#watch?.end();
    this.#watch = undefined;
  }
}
