import { watch } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { Random } from "@fleetlog/runtime/testing";
import type { RunningPart } from "./stack.ts";

/** Repeatedly kills a historian's process with SIGKILL. */
export class HistorianKiller {
  /** How many of the killed processes were writing a file, or were not ready yet. */
  readonly kills = { writing: 0, starting: 0 };
  readonly #historian: RunningPart;
  readonly #folders: readonly string[];
  readonly #random: Random;

  /** @param folders existing folders in which it writes files */
  constructor(historian: RunningPart, folders: readonly string[], random: Random) {
    this.#historian = historian;
    this.#folders = folders;
    this.#random = random;
  }

  /** Kills in turn while a file is written, while the next process starts, and at a random moment; then restarts. */
  async kill(times: number): Promise<void> {
    for (let kills = 0; kills < times; kills++) {
      const kind = kills % 3;
      if (kind === 1) {
        await this.#whileStarting();
        continue;
      }
      if (kills > 0) await this.#historian.restart();
      await (kind === 0 ? this.#whileWriting() : this.#atAnyMoment());
    }
    await this.#historian.restart();
  }

  /** Kills soon after a file was begun, when earlier files are listed. */
  async #whileWriting(): Promise<void> {
    await changed(this.#folders, (name) => name === "manifest.json", 60_000);
    const isFile = (name: string) => name.endsWith(".parquet") || name.endsWith(".next");
    if (await changed(this.#folders, isFile, 60_000)) this.kills.writing += 1;
    await pause(this.#random(30));
    await this.#historian.process.kill();
  }

  /** Starts a process, and kills it soon after it has opened the folder. */
  async #whileStarting(): Promise<void> {
    const early = new AbortController();
    const reason = new Error("killed before it was ready");
    const opened = changed(this.#folders, () => true, 10_000);
    const killed = opened.then(() => pause(this.#random(100))).then(() => early.abort(reason));
    try {
      await this.#historian.restart({}, early.signal);
      await this.#historian.process.kill();
    } catch (error) {
      if (error !== reason) throw error;
      this.kills.starting += 1;
    }
    await killed;
  }

  async #atAnyMoment(): Promise<void> {
    await pause(this.#random(1_500));
    await this.#historian.process.kill();
  }
}

/** Resolves with false if no matching file changes within the time. */
async function changed(
  folders: readonly string[],
  matches: (name: string) => boolean,
  mostMs: number,
): Promise<boolean> {
  const end = new AbortController();
  const found = new Promise<boolean>((resolve) => {
    for (const folder of folders) {
      watch(folder, { signal: end.signal }, (_, name) => {
        if (name !== null && matches(name)) resolve(true);
      });
    }
  });
  const late = pause(mostMs, false, { signal: end.signal });
  try {
    return await Promise.race([found, late]);
  } finally {
    late.catch(() => {});
    end.abort();
  }
}
