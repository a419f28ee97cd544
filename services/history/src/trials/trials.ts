import { randomUUID } from "node:crypto";
import { FleetError } from "@fleetlog/domain";
import type { Trial } from "@fleetlog/protocol";
import { afterUnpausedTime } from "../behind-live/unpaused-time.ts";

export interface Job {
  /** Only callers with the same text may read and end the trial. */
  readonly owner: string;
  /**
   * The devices of a caller with a limited scope, each with the FLEET sequence from which its history is read. Nobody
   * may read the result once the caller can't see the history of one of them from there.
   */
  readonly devices?: ReadonlyMap<string, number> | undefined;
  readonly about: Pick<Trial, "from" | "to" | "limits">;
  readonly run: (signal: AbortSignal, onProgress: (progress: number) => void) => Promise<Partial<Trial>>;
}

export interface TrialsOptions {
  /** The historian's name as a token of subjects. */
  readonly historian: string;
  /** Milliseconds after which a trial that nobody polls is ended and dropped; default five minutes. */
  readonly idleMs?: number;
  /** Milliseconds for which a trial runs, without pauses of analysts' processes; default two minutes. */
  readonly runMs?: number;
  /** Milliseconds of all pauses of analysts' processes up to now; default: those of this process. */
  readonly pausedMs?: () => number;
  /** Maximum number of trials that are kept; default 32. */
  readonly most?: number;
  /** Maximum number of trials of one owner; default 4. */
  readonly mostOfOwner?: number;
}

interface Known {
  readonly owner: string;
  readonly devices: ReadonlyMap<string, number>;
  readonly abort: AbortController;
  /** Whether the owner has read the result. Then it need not be kept. */
  isRead: boolean;
  trial: Trial;
  timeout: NodeJS.Timeout;
}

/** Trials of one historian, in its memory. They run one after another. */
export class Trials {
  readonly historian: string;
  readonly #limits;
  readonly #pausedMs: (() => number) | undefined;
  readonly #known = new Map<string, Known>();
  #last: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor({ historian, idleMs = 300_000, runMs = 120_000, pausedMs, most = 32, mostOfOwner = 4 }: TrialsOptions) {
    this.historian = historian;
    this.#limits = { idleMs, runMs, most, mostOfOwner };
    this.#pausedMs = pausedMs;
  }

  /**
   * An owner who has too many trials loses the oldest one whose result was read. So a program that tries one setting
   * after another need not delete its trials.
   * @throws FleetError `limit-reached` if the owner has too many, `history-unavailable` if all owners together have too
   * many, or after {@link close}
   */
  start(job: Job): Trial {
    const { most, mostOfOwner } = this.#limits;
    if (this.#isClosed)
      throw new FleetError("history-unavailable", "this historian is ending", { retryAfterMs: 1_000 });
    const own = [...this.#known].filter(([, { owner }]) => owner === job.owner);
    if (own.length >= mostOfOwner) {
      const [read] = own.find(([, { isRead }]) => isRead) ?? [];
      if (read === undefined) {
        throw new FleetError("limit-reached", `you have ${own.length} trials, which is the limit`, {
          advice: "Read or delete one of them first: a result that was read makes room.",
        });
      }
      this.#drop(read);
    }
    if (this.#known.size >= most) {
      throw new FleetError("history-unavailable", "this historian keeps too many trials", { retryAfterMs: 30_000 });
    }
    const id = `${this.historian}.${randomUUID()}`;
    const trial: Trial = { id, state: "running", progress: 0, ...job.about };
    const kept = { trial, isRead: false, timeout: this.#expiry(id) };
    const known: Known = { owner: job.owner, devices: job.devices ?? new Map(), abort: new AbortController(), ...kept };
    this.#known.set(id, known);
    this.#last = this.#last.then(() => this.#run(known, job));
    return trial;
  }

  /** The devices that the owner must see to read the result, each from this sequence on. @throws FleetError `not-found` */
  coverageOf(id: string, owner: string): ReadonlyMap<string, number> {
    return this.#get(id, owner).devices;
  }

  /** @throws FleetError `not-found` */
  read(id: string, owner: string): Trial {
    const known = this.#get(id, owner);
    clearTimeout(known.timeout);
    known.timeout = this.#expiry(id);
    known.isRead = known.trial.state !== "running";
    return known.trial;
  }

  /** @throws FleetError `not-found` */
  end(id: string, owner: string): void {
    this.#get(id, owner);
    this.#drop(id);
  }

  /** Resolves when all trials are over that have been started by now. */
  async settled(): Promise<void> {
    await this.#last;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const id of [...this.#known.keys()]) this.#drop(id);
    await this.#last;
  }

  async #run(known: Known, { run }: Job): Promise<void> {
    const { signal } = known.abort;
    if (signal.aborted) return;
    const { runMs } = this.#limits;
    const late = () => known.abort.abort(new Error(`it would take longer than ${runMs / 1_000} s`));
    const stopWaiting = afterUnpausedTime(runMs, late, this.#pausedMs && { pausedMs: this.#pausedMs });
    try {
      const onProgress = (progress: number) => {
        known.trial = { ...known.trial, progress };
      };
      const result = await run(signal, onProgress);
      known.trial = { ...known.trial, state: "done", progress: 1, ...result };
    } catch (error) {
      const problem = error instanceof FleetError || signal.aborted ? (error as Error).message : "the historian failed";
      known.trial = { ...known.trial, state: "failed", problem };
    } finally {
      stopWaiting();
    }
  }

  #get(id: string, owner: string): Known {
    const known = this.#known.get(id);
    if (known?.owner === owner) return known;
    throw new FleetError("not-found", `there is no trial ${id}`, { field: "id" });
  }

  #drop(id: string): void {
    const known = this.#known.get(id);
    if (known === undefined) return;
    this.#known.delete(id);
    clearTimeout(known.timeout);
    known.abort.abort(new Error("the trial was ended"));
  }

  #expiry(id: string): NodeJS.Timeout {
    return setTimeout(() => this.#drop(id), this.#limits.idleMs).unref();
  }
}
