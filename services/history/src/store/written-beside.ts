/**
 * Work beside the application of further events: writes one segment at a time, and then does what must follow it. After
 * an error, each later call throws this error.
 */
export class WrittenBeside {
  #listed: Promise<void> = Promise.resolve();
  #done: Promise<void> | undefined;
  #failure: unknown;

  /**
   * Call it only when everything is {@link done}.
   *
   * @param segment resolves when the manifest names the segment
   * @param next called after that
   */
  begin(segment: Promise<void>, next: () => Promise<void>): void {
    const failed = (error: unknown) => {
      this.#failure ??= error;
    };
    this.#listed = segment.catch(failed);
    this.#done = segment
      .then(next)
      .catch(failed)
      .then(() => {
        this.#done = undefined;
      });
  }

  get isRunning(): boolean {
    return this.#done !== undefined;
  }

  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when the manifest names the segment that was begun last. */
  async listed(): Promise<void> {
    await this.#listed;
    this.check();
  }

  /** Resolves when nothing is being written. */
  async done(): Promise<void> {
    await this.#done;
    this.check();
  }
}
