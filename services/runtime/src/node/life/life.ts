/** What it says is written at once. */
export interface LifeLogger {
  info(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface LifeOptions {
  /** For its logs: `the gateway`. */
  readonly name: string;
  /** Milliseconds that an orderly end may take; then the process exits with 1. */
  readonly stopTimeoutMs: number;
  readonly logger: LifeLogger;
}

/**
 * A process of Fleetlog from its start to its end: it ends in order at SIGTERM, at SIGINT, and when whoever started it
 * has gone; and tells who started it how it is, on the IPC channel where there is one. An error that nobody expected is
 * logged, with what to do about it if it says so, and ends it at once: what it knows can't be trusted any more.
 */
export interface Life {
  readonly ending: boolean;
  /** How what has been started ends. Until it is given, the process ends at once. */
  endsWith(close: () => Promise<void>): void;
  /** `{"type":"progress","text"}`, before it is ready. */
  progress(text: string): void;
  /** `{"type":"ready", …facts}`; once. */
  ready(facts: object): void;
  /** Ends the process in order; only the first call counts. */
  end(exitCode: number): void;
}

export function beginLife({ name, stopTimeoutMs, logger }: LifeOptions): Life {
  let close = async (): Promise<void> => {};
  let ending = false;

  function end(exitCode: number): void {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(1), stopTimeoutMs).unref();
    void close()
      .catch((error: unknown) => logger.error({ err: error }, `${name} did not stop in order`))
      .finally(() => process.exit(exitCode));
  }

  process.once("uncaughtException", (error: Error & { readonly advice?: string }) => {
    logger.error({ err: error }, [`${name} ends: ${error.message}`, error.advice].filter(Boolean).join(". "));
    process.exit(1);
  });
  process.once("SIGTERM", () => end(0));
  process.once("SIGINT", () => end(0));
  // Whoever started this process is gone.
  if (process.send !== undefined) process.once("disconnect", () => end(0));

  return {
    get ending() {
      return ending;
    },
    endsWith(given) {
      close = given;
    },
    progress: (text) => tell({ type: "progress", text }),
    ready(facts) {
      logger.info(facts, `${name} is ready`);
      tell({ type: "ready", ...facts });
    },
    end,
  };
}

/** Who has gone is told nothing: that alone is no failure of ours. */
function tell(message: object): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}
