import type { ReactiveController, ReactiveControllerHost } from "lit";
import { navigate, place } from "./location.ts";

export interface UrlFormat<T> {
  read(parameters: URLSearchParams): T;
  /** Only what differs from the usual, so that URLs stay short. */
  write(value: T): URLSearchParams;
}

/** A page's filters, sort and the like, kept in the query of its URL: shareable, and the back button undoes. */
export class UrlState<T extends object> implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #format: UrlFormat<T>;
  #path = "";
  #end: () => void = () => {};
  value: T;

  constructor(host: ReactiveControllerHost, format: UrlFormat<T>) {
    this.#host = host;
    this.#format = format;
    this.value = this.#read();
    host.addController(this);
  }

  hostConnected(): void {
    this.#path = place.value.path;
    this.value = this.#read();
    this.#end = place.subscribe(({ path }) => {
      if (path !== this.#path) return;
      this.value = this.#read();
      this.#host.requestUpdate();
    });
  }

  hostDisconnected(): void {
    this.#end();
  }

  /** `replace` for what changes with every key stroke, `push` for what the back button should undo. */
  set(patch: Partial<T>, how: "push" | "replace" = "push"): void {
    const search = this.#format.write({ ...this.value, ...patch }).toString();
    navigate(search === "" ? this.#path : `${this.#path}?${search}`, how);
  }

  #read(): T {
    return this.#format.read(new URLSearchParams(place.value.search));
  }
}
