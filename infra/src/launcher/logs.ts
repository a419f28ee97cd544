import { join } from "node:path";
import type { LogLine } from "../supervision/log-lines.ts";
import { RotatingFile } from "../supervision/rotating-file.ts";
import { visible } from "../system/terminal.ts";
import type { LauncherSettings } from "./settings.ts";

const order = { debug: 0, info: 1, warn: 2, error: 3 } as const;

/** Lines of one process that the terminal shows in each time window: a failing process must not hide the others. */
const shownPerWindow = 8;
const windowMs = 10_000;
const failureReportMs = 60_000;

interface ProcessLog {
  readonly file: RotatingFile;
  readonly path: string;
  windowStart: number;
  shown: number;
}

export class ProcessLogs {
  readonly #logs = new Map<string, ProcessLog>();
  readonly #folder: string;
  readonly #minSeverity: number;
  readonly #maxShown: number;
  readonly #say: (line: string) => void;
  #failureReportedAt = Number.NEGATIVE_INFINITY;

  constructor({ logLevel }: Pick<LauncherSettings, "logLevel">, dataDir: string, say: (line: string) => void) {
    const everything = logLevel === "debug" || logLevel === "trace";
    this.#folder = join(dataDir, "logs");
    this.#minSeverity = everything ? order.debug : order.warn;
    this.#maxShown = everything ? Number.POSITIVE_INFINITY : shownPerWindow;
    this.#say = say;
  }

  write(name: string, raw: string, line: LogLine): void {
    const log = this.#logOf(name);
    log.file.writeLine(raw);
    if (order[line.severity] < this.#minSeverity) return;
    const now = performance.now();
    if (now - log.windowStart > windowMs) Object.assign(log, { windowStart: now, shown: 0 });
    log.shown += 1;
    if (log.shown <= this.#maxShown) this.#say(`[${name}] ${line.severity}: ${visible(line.text)}`);
    else if (log.shown === this.#maxShown + 1) this.#say(`[${name}] … more of it in ${log.path}`);
  }

  close(): void {
    for (const { file } of this.#logs.values()) file.close();
    this.#logs.clear();
  }

  #logOf(name: string): ProcessLog {
    const known = this.#logs.get(name);
    if (known !== undefined) return known;
    const path = join(this.#folder, `${name}.log`);
    const log = {
      file: new RotatingFile(path, { onWriteError: (error) => this.#writeFailed(error) }),
      path,
      windowStart: performance.now(),
      shown: 0,
    };
    this.#logs.set(name, log);
    return log;
  }

  /** At most one report a minute for all processes together, because a full disk affects them all. */
  #writeFailed({ code, message }: NodeJS.ErrnoException): void {
    const now = performance.now();
    if (now - this.#failureReportedAt < failureReportMs) return;
    this.#failureReportedAt = now;
    this.#say(
      code === "ENOSPC" || code === "EDQUOT"
        ? ` ! the disk with ${this.#folder} is full: make room on it; until then no event is stored and devices wait`
        : ` ! the logs can't be written: ${message}`,
    );
  }
}
