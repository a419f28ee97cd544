import { type FileHandle, open } from "node:fs/promises";
import type { Outcome } from "./records.ts";

/** The file contains names of people and devices. */
const OWNER_ONLY = 0o600;

export type Counts = Readonly<Record<Outcome["outcome"], number>>;

/** A file with one line (JSON) for each record. */
export class Report {
  readonly #file: FileHandle;
  readonly #counts: Record<Outcome["outcome"], number> = { created: 0, planned: 0, "there already": 0, refused: 0 };
  #lines = "";

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(path: string): Promise<Report> {
    const file = await open(path, "w", OWNER_ONLY).catch((error: NodeJS.ErrnoException) => {
      throw new Error(`--report: ${path} can't be written (${error.code})`);
    });
    return new Report(file);
  }

  get counts(): Counts {
    return this.#counts;
  }

  add(outcome: Outcome): void {
    this.#counts[outcome.outcome] += 1;
    this.#lines += `${JSON.stringify(outcome)}\n`;
  }

  async flush(): Promise<void> {
    const lines = this.#lines;
    this.#lines = "";
    if (lines !== "") await this.#file.write(lines);
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#file.close();
  }
}

export function counted({ created, planned, "there already": there, refused }: Counts): string {
  const parts = [
    [created, "created"],
    [planned, "would be created"],
    [there, "there already"],
    [refused, "refused"],
  ] as const;
  const named = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return named.length === 0 ? "nothing" : named.join(", ");
}
