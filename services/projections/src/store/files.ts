import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { StreamName } from "@fleetlog/domain";
import type { Logger } from "@fleetlog/log";
import { type Projection, streamOfProjection } from "../projection.ts";
import { needsNewFile } from "./errors.ts";
import { fingerprint } from "./schema.ts";
import { type StoreOptions, ViewStore } from "./store.ts";

/** Stores of one stream: the store that serves, and perhaps its replacement under construction. */
export interface Files {
  /** Opens the newest complete store, else an interrupted build, else a new store. */
  open(): ViewStore;
  /** The store has its indexes only after {@link ViewStore.createIndex}. */
  create(): ViewStore;
  discard(store: ViewStore): void;
  /** Deletes this stream's other stores, also those of other versions of the projections. */
  keepOnly(store: ViewStore): void;
}

export interface ViewFilesOptions extends Omit<StoreOptions, "path"> {
  readonly directory: string;
  readonly stream: StreamName;
  readonly logger: Logger;
}

const NAME = /^([a-z]+)-([0-9a-f]+)-(\d+)\.sqlite$/;
const prefixOf = (stream: StreamName): string => (stream === "FLEET" ? "views" : stream.toLowerCase());

/**
 * Files `<stream>-<fingerprint of the projections>-<generation>.sqlite` in a projector's folder.
 *
 * A changed projection has another fingerprint, a rebuild another generation.
 */
export class ViewFiles implements Files {
  readonly #options: ViewFilesOptions;
  readonly #fingerprint: string;
  /** Names of deleted files are not used again: threads may still read these files. */
  #newest = 0;

  constructor(options: ViewFilesOptions) {
    this.#options = options;
    this.#fingerprint = fingerprint(options.projections);
  }

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

  create(): ViewStore {
    return this.#openGeneration(Math.max(this.#newest, this.#generations()[0] ?? 0) + 1);
  }

  discard(store: ViewStore): void {
    store.close();
    remove(store.path);
  }

  keepOnly(store: ViewStore): void {
    const { directory, stream } = this.#options;
    for (const name of readdirSync(directory)) {
      const path = join(directory, name);
      if (NAME.exec(name)?.[1] === prefixOf(stream) && path !== store.path) remove(path);
    }
  }

  #generations(): number[] {
    return generations(this.#options.directory, this.#options.stream, this.#fingerprint);
  }

  #tryOpen(generation: number): ViewStore | undefined {
    try {
      return this.#openGeneration(generation);
    } catch (error) {
      if (!needsNewFile(error)) throw error;
      const path = this.#path(generation);
      this.#options.logger.warn(
        { path, err: error },
        "could not read the views' file; rebuilding the views from the log",
      );
      remove(path);
      return undefined;
    }
  }

  #openGeneration(generation: number): ViewStore {
    this.#newest = Math.max(this.#newest, generation);
    return new ViewStore({ ...this.#options, path: this.#path(generation), indexesLast: true });
  }

  #path(generation: number): string {
    const { directory, stream } = this.#options;
    return join(directory, fileName(stream, this.#fingerprint, generation));
  }
}

function fileName(stream: StreamName, fingerprint: string, generation: number): string {
  return `${prefixOf(stream)}-${fingerprint}-${generation}.sqlite`;
}

function generations(directory: string, stream: StreamName, wanted: string): number[] {
  return readdirSync(directory)
    .map((name) => NAME.exec(name))
    .filter((match) => match?.[1] === prefixOf(stream) && match[2] === wanted)
    .map((match) => Number(match?.[3]))
    .sort((a, b) => b - a);
}

export function viewFiles(directory: string, projections: readonly Projection[]): string[] {
  const wanted = fingerprint(projections);
  const [stream = "FLEET"] = projections.map(streamOfProjection);
  return generations(directory, stream, wanted).map((generation) =>
    join(directory, fileName(stream, wanted, generation)),
  );
}

export function removeFilesOfOthers(directory: string, streams: readonly StreamName[]): void {
  const kept = new Set(streams.map(prefixOf));
  for (const name of readdirSync(directory)) {
    const prefix = NAME.exec(name)?.[1];
    if (prefix !== undefined && !kept.has(prefix)) remove(join(directory, name));
  }
}

function remove(path: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
}
