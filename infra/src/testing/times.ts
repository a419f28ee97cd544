import { cpus } from "node:os";

/** A test file, and when its tests ran. */
export interface FileTime {
  readonly file: string;
  /** ms since 1970 */
  readonly began: number;
  readonly ended: number;
  /** Processor time of the worker, and of its children that have ended; absent if unknown. */
  readonly cpuSeconds?: number;
}

/** A result of measured work may have the test files that ran. */
interface WithFiles {
  readonly files?: readonly FileTime[];
}

interface Reading {
  readonly ms: number;
  /** Processor time that all cores have used since the machine started. */
  readonly used: number;
}

interface Part {
  readonly title: string;
  readonly began: Reading;
  ended?: Reading;
  files: readonly FileTime[];
}

const INTERVAL_MS = 60_000;
const LONGEST = 6;
const MOST = 20;

/**
 * Where the time of a run went. Counts every process of the machine, because processes in containers are no children of
 * the run.
 */
export class Times {
  readonly #cores: number;
  readonly #read: () => Reading;
  readonly #parts: Part[] = [];
  readonly #minutes: Reading[];
  readonly #timer: NodeJS.Timeout;

  constructor(cores = cpus().length, read = readMachine) {
    this.#cores = cores;
    this.#read = read;
    this.#minutes = [read()];
    this.#timer = setInterval(() => this.#minutes.push(read()), INTERVAL_MS);
    this.#timer.unref();
  }

  /** Measures work that may run beside other work. */
  async measure<Result extends WithFiles>(title: string, work: () => Promise<Result>): Promise<Result> {
    const part: Part = { title, began: this.#read(), files: [] };
    this.#parts.push(part);
    try {
      const result = await work();
      part.files = result.files ?? [];
      return result;
    } finally {
      part.ended = this.#read();
    }
  }

  /** Ends the measurement. A percentage is the use of all cores by the machine, whatever ran beside the part. */
  lines(): string[] {
    clearInterval(this.#timer);
    const readings = [...this.#minutes, this.#read()];
    const [first = this.#read(), last = first] = [readings[0], readings.at(-1)];
    const used = Math.round((last.used - first.used) / 1_000);
    return [
      `Time: ${clock(last.ms - first.ms)} min, ${used} s of processor time, ${this.#use(first, last)} % of ${this.#cores} cores`,
      ` in each minute: ${readings
        .slice(1)
        .map((to, i) => this.#use(readings[i] ?? to, to))
        .join(" ")} %`,
      ...this.#parts.flatMap(({ title, began, ended = last, files }) => [
        ` ${clock(began.ms - first.ms)} to ${clock(ended.ms - first.ms)}, ${this.#use(began, ended)} %: ${title}`,
        ...linesOfFiles(files),
      ]),
    ];
  }

  #use(from: Reading, to: Reading): number {
    return Math.round((100 * (to.used - from.used)) / Math.max(1, this.#cores * (to.ms - from.ms)));
  }
}

function linesOfFiles(files: readonly FileTime[]): string[] {
  if (files.length < 2) return [];
  const longest = files.toSorted((a, b) => b.ended - b.began - (a.ended - a.began)).slice(0, LONGEST);
  const [last] = files.toSorted((a, b) => b.ended - a.ended);
  const counted = files
    .flatMap(({ file, cpuSeconds }) => (cpuSeconds === undefined ? [] : [{ file, cpuSeconds }]))
    .toSorted((a, b) => b.cpuSeconds - a.cpuSeconds);
  const sum = counted.reduce((total, { cpuSeconds }) => total + cpuSeconds, 0);
  const most = counted.slice(0, MOST).map(({ file, cpuSeconds }) => `${file} ${cpuSeconds.toFixed(0)} s`);
  const tail = (last?.ended ?? 0) - Math.max(...files.map(({ began }) => began));
  return [
    `   longest: ${longest.map(({ file, began, ended }) => `${file} ${seconds(ended - began)}`).join(", ")}`,
    ...(most.length > 0 ? [`   most processor time, of ${sum.toFixed(0)} s in all files: ${most.join(", ")}`] : []),
    `   last to end: ${last?.file}; no file began in the last ${seconds(tail)}`,
  ];
}

function readMachine(): Reading {
  const used = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  return { ms: performance.now(), used };
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(0)} s`;
}

function clock(ms: number): string {
  const whole = Math.round(ms / 1_000);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
