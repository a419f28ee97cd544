import { join } from "node:path";
import type { Settings } from "@fleetlog/protocol/settings";
import type { LogLine } from "../supervision/log-lines.ts";
import { RotatingFile } from "../supervision/rotating-file.ts";

const order = { debug: 0, info: 1, warn: 2, error: 3 } as const;

/** A part that fails over and over must not bury what else the terminal says. */
const shownAWindow = 8;
const windowMs = 10_000;
const troubleMs = 60_000;

interface PartLog {
  readonly file: RotatingFile;
  readonly path: string;
  windowStart: number;
  shown: number;
}

/** The log files of all parts, and what of them a person at the terminal sees. */
export class PartLogs {
  readonly #parts = new Map<string, PartLog>();
  readonly #folder: string;
  readonly #least: number;
  readonly #most: number;
  readonly #say: (line: string) => void;
  #troubledAt = Number.NEGATIVE_INFINITY;

  constructor({ logLevel }: Pick<Settings, "logLevel">, dataDir: string, say: (line: string) => void) {
    const everything = logLevel === "debug" || logLevel === "trace";
    this.#folder = join(dataDir, "logs");
    this.#least = everything ? order.debug : order.warn;
    this.#most = everything ? Number.POSITIVE_INFINITY : shownAWindow;
    this.#say = say;
  }

  /** Keeps a line as it is, and shows it when it is serious enough. */
  write(part: string, raw: string, line: LogLine): void {
    const log = this.#log(part);
    log.file.writeLine(raw);
    if (order[line.severity] < this.#least) return;
    const now = performance.now();
    if (now - log.windowStart > windowMs) Object.assign(log, { windowStart: now, shown: 0 });
    log.shown += 1;
    if (log.shown <= this.#most) this.#say(`[${part}] ${line.severity}: ${line.text}`);
    else if (log.shown === this.#most + 1) this.#say(`[${part}] … more of it in ${log.path}`);
  }

  close(): void {
    for (const { file } of this.#parts.values()) file.close();
    this.#parts.clear();
  }

  #log(part: string): PartLog {
    const known = this.#parts.get(part);
    if (known !== undefined) return known;
    const path = join(this.#folder, `${part}.log`);
    const log = {
      file: new RotatingFile(path, { onTrouble: (error) => this.#trouble(error) }),
      path,
      windowStart: performance.now(),
      shown: 0,
    };
    this.#parts.set(part, log);
    return log;
  }

  /** A disk that is full concerns all parts at once, and is said once in a while. */
  #trouble({ code, message }: NodeJS.ErrnoException): void {
    const now = performance.now();
    if (now - this.#troubledAt < troubleMs) return;
    this.#troubledAt = now;
    this.#say(
      code === "ENOSPC" || code === "EDQUOT"
        ? ` ! the disk with ${this.#folder} is full: make room on it; until then no event is stored and devices wait`
        : ` ! the logs can't be written: ${message}`,
    );
  }
}
