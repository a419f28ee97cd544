import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { FleetError } from "@fleetlog/domain";
import type { Logger } from "@fleetlog/log";
import type { Projection } from "../projection.ts";
import { isDamage } from "./errors.ts";
import { fingerprint } from "./schema.ts";
import { type StoreOptions, ViewStore } from "./store.ts";

export interface ViewFilesOptions extends Omit<StoreOptions, "path"> {
  readonly directory: string;
  readonly logger: Logger;
}

const NAME = /^views-([0-9a-f]+)-(\d+)\.sqlite$/;

/**
 * A projector's folder: `views-<fingerprint of the views>-<generation>.sqlite`. A changed view has another fingerprint,
 * a rebuild another generation; the file that serves stays until the one that follows it is complete.
 */
export class ViewFiles {
  readonly #options: ViewFilesOptions;
  readonly #lock: DatabaseSync;
  readonly #fingerprint: string;

  /** @throws FleetError `conflict` if another projector works in this folder */
  constructor(options: ViewFilesOptions) {
    this.#options = options;
    this.#fingerprint = fingerprint(options.projections);
    mkdirSync(options.directory, { recursive: true });
    this.#lock = takeLock(options.directory);
  }

  /** The newest complete file of these views; else the one whose building was interrupted; else a new one. */
  open(): ViewStore {
    const candidates: ViewStore[] = [];
    for (const generation of this.#generations()) {
      const store = this.#tryOpen(generation);
      if (store === undefined) continue;
      if (store.meta.complete) {
        for (const other of candidates) this.discard(other);
        return store;
      }
      candidates.push(store);
    }
    const [newest, ...older] = candidates;
    for (const other of older) this.discard(other);
    return newest ?? this.create();
  }

  /** A new, empty file beside those that are there. */
  create(): ViewStore {
    return this.#openGeneration((this.#generations()[0] ?? 0) + 1);
  }

  /** Closes and deletes. */
  discard(store: ViewStore): void {
    store.close();
    remove(store.path);
  }

  /** Deletes every other file of views, those of other versions too. */
  keepOnly(store: ViewStore): void {
    for (const name of readdirSync(this.#options.directory)) {
      const path = join(this.#options.directory, name);
      if (NAME.test(name) && path !== store.path) remove(path);
    }
  }

  close(): void {
    if (this.#lock.isOpen) this.#lock.close();
  }

  /** Newest first. */
  #generations(): number[] {
    return generations(this.#options.directory, this.#fingerprint);
  }

  #tryOpen(generation: number): ViewStore | undefined {
    try {
      return this.#openGeneration(generation);
    } catch (error) {
      if (!isDamage(error)) throw error;
      const path = this.#path(generation);
      this.#options.logger.warn({ path, err: error }, "a view's file can't be read: it is built anew from the log");
      remove(path);
      return undefined;
    }
  }

  #openGeneration(generation: number): ViewStore {
    return new ViewStore({ ...this.#options, path: this.#path(generation) });
  }

  #path(generation: number): string {
    return join(this.#options.directory, fileName(this.#fingerprint, generation));
  }
}

function fileName(fingerprint: string, generation: number): string {
  return `views-${fingerprint}-${generation}.sqlite`;
}

function generations(directory: string, wanted: string): number[] {
  return readdirSync(directory)
    .map((name) => NAME.exec(name))
    .filter((match) => match?.[1] === wanted)
    .map((match) => Number(match?.[2]))
    .sort((a, b) => b - a);
}

/** The files of these views in a projector's folder, newest first: for whoever reads them beside the projector. */
export function viewFiles(directory: string, projections: readonly Projection[]): string[] {
  const wanted = fingerprint(projections);
  return generations(directory, wanted).map((generation) => join(directory, fileName(wanted, generation)));
}

function remove(path: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
}

/** SQLite's own file lock: the system lets go of it when the process ends, however it ends. */
function takeLock(directory: string): DatabaseSync {
  const lock = new DatabaseSync(join(directory, "lock.sqlite"));
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock.close();
    throw new FleetError("conflict", `another projector works in ${directory}`, {
      advice: "Give every projector a name of its own (FLEETLOG_PROJECTOR_NAME).",
      cause: error,
    });
  }
}
