import { residentBytes } from "../../../support/resident.ts";
import type { Result } from "../../measure.ts";

const REPORT_EVERY_MS = 5_000;
const MIB = 1_024 ** 2;

interface Used {
  readonly events: number;
  readonly wallMs: number;
  /** Processor time of all threads, in microseconds. */
  readonly cpu: number;
}

const NOTHING: Used = { events: 0, wallMs: 0, cpu: 0 };

/**
 * Adds up the time since its creation, and reports it meanwhile. The time of all threads counts, because files are
 * written beside other work.
 */
export class IngestCost {
  readonly #goal: number;
  readonly #progress: (text: string) => void;
  #began = performance.now();
  #before = process.cpuUsage();
  #used = NOTHING;
  #reported = NOTHING;

  /** @param goal number of events in all */
  constructor(goal: number, progress: (text: string) => void) {
    this.#goal = goal;
    this.#progress = progress;
  }

  /** Call after these events were applied. */
  add(events: number): void {
    const { user, system } = process.cpuUsage(this.#before);
    this.#used = {
      events: this.#used.events + events,
      wallMs: performance.now() - this.#began,
      cpu: user + system,
    };
    if (this.#used.wallMs - this.#reported.wallMs >= REPORT_EVERY_MS) this.#report();
  }

  /** Runs a task whose time does not count. */
  async without<Value>(task: () => Promise<Value>): Promise<Value> {
    const [wall, cpu] = [performance.now(), process.cpuUsage()];
    try {
      return await task();
    } finally {
      const { user, system } = process.cpuUsage(cpu);
      this.#began += performance.now() - wall;
      this.#before = { user: this.#before.user + user, system: this.#before.system + system };
    }
  }

  results(): Result[] {
    const { events, wallMs, cpu } = this.#used;
    return [
      { name: "events to tables", value: (events / wallMs) * 1_000, unit: "events/s", goal: { atLeast: 100_000 } },
      { name: "events to tables, processor time", value: cpu / events, unit: "µs an event" },
    ];
  }

  /** Rate and processor time are of the events since the last report. */
  #report(): void {
    const [now, before] = [this.#used, this.#reported];
    const events = now.events - before.events;
    if (events === 0) return;
    const rate = Math.round((events / (now.wallMs - before.wallMs)) * 1_000);
    const cpu = ((now.cpu - before.cpu) / events).toFixed(1);
    const memory = Math.round(residentBytes(process.pid) / MIB);
    const done = `${number(now.events)} of ${number(this.#goal)} events`;
    this.#progress(`${done}: ${number(rate)} events/s, ${cpu} µs of processor time an event, ${memory} MiB`);
    this.#reported = now;
  }
}

function number(value: number): string {
  return value.toLocaleString("en");
}
