import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { jsonIfWhole } from "@fleetlog/runtime/node";

/** Tokens by device id, readable by the file's owner only. */
export class TokenFile {
  readonly #path: string;
  readonly #tokens: Map<string, string>;
  #writing: Promise<void> | undefined;
  #changed = false;

  private constructor(path: string, tokens: Map<string, string>) {
    this.#path = path;
    this.#tokens = tokens;
  }

  /**
   * Opens a missing or damaged file as an empty one, because tokens can be replaced.
   *
   * @throws the system's error if there is a file that can't be read now
   */
  static async open(path: string): Promise<TokenFile> {
    return new TokenFile(path, new Map(entriesOf(jsonIfWhole(path))));
  }

  get(id: string): string | undefined {
    return this.#tokens.get(id);
  }

  /** Resolves when the token is in the file. Writes concurrent changes together. */
  async set(id: string, token: string): Promise<void> {
    this.#tokens.set(id, token);
    this.#changed = true;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#changed) {
      this.#changed = false;
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
      const temporary = `${this.#path}.new`;
      await writeFile(temporary, `${JSON.stringify(Object.fromEntries(this.#tokens), null, 1)}\n`, { mode: 0o600 });
      await rename(temporary, this.#path);
    }
  }
}

function entriesOf(value: unknown): [string, string][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string");
}
