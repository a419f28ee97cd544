import type { ReactiveController, ReactiveControllerHost } from "lit";
import { guardLeaving, type LeaveGuard } from "./location.ts";

/** Asks for confirmation before the operator leaves the page by link, key or back button, or closes the tab. */
export class Guarded implements ReactiveController {
  readonly #guard: LeaveGuard;
  #end: () => void = () => {};

  constructor(host: ReactiveControllerHost, guard: LeaveGuard) {
    this.#guard = guard;
    host.addController(this);
  }

  hostConnected(): void {
    this.#end = guardLeaving(this.#guard);
    window.addEventListener("beforeunload", this.#unload);
  }

  hostDisconnected(): void {
    this.#end();
    window.removeEventListener("beforeunload", this.#unload);
  }

  readonly #unload = (event: BeforeUnloadEvent): void => {
    if (this.#guard.needed()) event.preventDefault();
  };
}
