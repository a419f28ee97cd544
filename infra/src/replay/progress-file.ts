import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { jsonIfWhole } from "@fleetlog/runtime/node";
import type { ReplayOptions } from "./options.ts";

/** How far a replay has come: it has played all events up to this sequence of FLEET, or all events of the span. */
export type Played = { readonly seq: number } | { readonly done: true };

/** The progress of a replay, from which a later run continues. */
export class ProgressFile {
  readonly #path: string;
  readonly #span: string;

  constructor(path: string, { source, target, from, to, group, devices, prefix }: ReplayOptions) {
    this.#path = path;
    this.#span = JSON.stringify([source.url, target.url, from, to ?? null, group ?? null, devices, prefix]);
  }

  /**
   * Undefined if the file is missing, was cut short, or is of another span.
   *
   * @throws the system's error if there is a file that can't be read now
   */
  async read(): Promise<Played | undefined> {
    const found = jsonIfWhole(this.#path) as { readonly span: string; readonly played: Played } | null | undefined;
    return found?.span === this.#span ? found.played : undefined;
  }

  async write(played: Played): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    await writeFile(`${this.#path}.new`, `${JSON.stringify({ span: this.#span, played })}\n`);
    await rename(`${this.#path}.new`, this.#path);
  }
}
