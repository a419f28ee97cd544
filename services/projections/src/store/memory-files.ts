import { randomUUID } from "node:crypto";
import type { Files } from "./files.ts";
import { type StoreOptions, ViewStore } from "./store.ts";

/** Stores in memory, gone with the process: for whoever needs views for a short while, as tests do. */
export class MemoryFiles implements Files {
  readonly #options: Omit<StoreOptions, "path">;

  constructor(options: Omit<StoreOptions, "path">) {
    this.#options = options;
  }

  open(): ViewStore {
    return this.create();
  }

  create(): ViewStore {
    // By this name another connection of the process reads it too.
    return new ViewStore({ ...this.#options, path: `file:${randomUUID()}?mode=memory&cache=shared` });
  }

  discard(store: ViewStore): void {
    store.close();
  }

  keepOnly(): void {}
}
