import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
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

  /** Undefined if the file is missing, was cut short, or is of another span. */
  async read(): Promise<Played | undefined> {
    try {
      const { span, played } = JSON.parse(await readFile(this.#path, "utf8")) as { span: string; played: Played };
      return span === this.#span ? played : undefined;
    } catch {
      return undefined;
    }
  }

  async write(played: Played): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    await writeFile(`${this.#path}.new`, `${JSON.stringify({ span: this.#span, played })}\n`);
    await rename(`${this.#path}.new`, this.#path);
  }
}
