import type { ReactiveController, ReactiveControllerHost } from "lit";
import { navigate, pageLocation } from "./location.ts";
import { inPast } from "./past.ts";

export interface UrlFormat<T> {
  read(parameters: URLSearchParams): T;
  /** Omits defaults, so that URLs stay short. */
  write(value: T): URLSearchParams;
}

/** Keeps a page's filters and sort order in the URL's query: links share them, Back undoes them. */
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
    this.#path = pageLocation.value.path;
    this.value = this.#read();
    this.#end = pageLocation.subscribe(({ path }) => {
      if (path !== this.#path) return;
      this.value = this.#read();
      this.#host.requestUpdate();
    });
  }

  hostDisconnected(): void {
    this.#end();
  }

  /** `replace` for changes with every key stroke, `push` for changes that Back undoes. */
  set(patch: Partial<T>, how: "push" | "replace" = "push"): void {
    const search = this.#format.write({ ...this.value, ...patch }).toString();
    navigate(inPast(search === "" ? this.#path : `${this.#path}?${search}`), how);
  }

  #read(): T {
    return this.#format.read(new URLSearchParams(pageLocation.value.search));
  }
}
