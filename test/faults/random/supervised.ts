import type { RunningPart } from "../../support/stack.ts";

/**
 * A process that is started again when it ends by itself, as the launcher, Docker and Kubernetes do. Only what a fault has ended
 * stays away until the fault starts it.
 */
export class Supervised {
  readonly part: RunningPart;
  #isWanted = true;
  #restarting: Promise<void> = Promise.resolve();

  constructor(part: RunningPart) {
    this.part = part;
    this.#watch();
  }

  get pid(): number {
    return this.part.process.pid;
  }

  async kill(): Promise<void> {
    await this.release();
    await this.part.process.kill();
  }

  /** SIGTERM. Resolves with the exit code. */
  async stop(): Promise<number | null> {
    await this.release();
    return await this.part.process.stop();
  }

  async start(): Promise<void> {
    await this.part.restart();
    this.#isWanted = true;
    this.#watch();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release().catch(() => {});
  }

  /** Rejects if the last start of its own has failed. */
  async running(): Promise<void> {
    await this.#restarting;
  }

  /** The process is not started again from now on. */
  async release(): Promise<void> {
    this.#isWanted = false;
    await this.#restarting;
  }

  #watch(): void {
    const { process } = this.part;
    void process.exited.then(() => {
      if (!this.#isWanted) return;
      this.#restarting = this.part.restart().then(() => this.#watch());
      this.#restarting.catch(() => {});
    });
  }
}
