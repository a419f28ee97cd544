import { randomUUID } from "node:crypto";
import type { Files } from "./files.ts";
import { type StoreOptions, ViewStore } from "./store.ts";

export class MemoryFiles implements Files {
  readonly #options: Omit<StoreOptions, "path">;

  constructor(options: Omit<StoreOptions, "path">) {
    this.#options = options;
  }

  open(): ViewStore {
    return this.create();
  }

  create(): ViewStore {
    // The name and shared cache let other connections of this process attach the store.
    return new ViewStore({ ...this.#options, path: `file:${randomUUID()}?mode=memory&cache=shared` });
  }

  discard(store: ViewStore): void {
    store.close();
  }

  keepOnly(): void {}
}
