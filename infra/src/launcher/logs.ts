import { join } from "node:path";
import type { Settings } from "@fleetlog/protocol/settings";
import type { LogLine } from "../supervision/log-lines.ts";
import { RotatingFile } from "../supervision/rotating-file.ts";

const order = { debug: 0, info: 1, warn: 2, error: 3 } as const;

/** The log files of all parts, and what of them a person at the terminal sees. */
export class PartLogs {
  readonly #files = new Map<string, RotatingFile>();
  readonly #folder: string;
  readonly #least: number;
  readonly #say: (line: string) => void;

  constructor(settings: Settings, dataDir: string, say: (line: string) => void) {
    this.#folder = join(dataDir, "logs");
    this.#least = settings.logLevel === "debug" || settings.logLevel === "trace" ? order.debug : order.warn;
    this.#say = say;
  }

  /** Keeps a line as it is, and shows it when it is serious enough. */
  write(part: string, raw: string, line: LogLine): void {
    this.#file(part).writeLine(raw);
    if (order[line.severity] >= this.#least) this.#say(`[${part}] ${line.severity}: ${line.text}`);
  }

  #file(part: string): RotatingFile {
    const open = this.#files.get(part);
    if (open !== undefined) return open;
    const file = new RotatingFile(join(this.#folder, `${part}.log`));
    this.#files.set(part, file);
    return file;
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
  }
}
