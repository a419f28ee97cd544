import { isMainThread } from "node:worker_threads";
import { cannotStart } from "../settings/start.ts";
import { adviceOf } from "../system-advice.ts";
import { atParentsEnd } from "./parents-end.ts";

/** Must write synchronously: the process exits right after it logs an error. */
export interface LifeLogger {
  info(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface LifeOptions {
  readonly name: string;
  /** Milliseconds for a graceful stop; then the process exits with 1. */
  readonly stopTimeoutMs: number;
  readonly logger: LifeLogger;
}

/**
 * Ends the process gracefully at SIGTERM, at SIGINT or after the end of the parent process, but at once after an
 * uncaught error.
 */
export interface Life {
  readonly ending: boolean;
  /** Sets the function that ends the process's work gracefully. Without one the process ends at once. */
  endsWith(close: () => Promise<void>): void;
  /** Sends `{"type":"progress","text"}` to the parent, before the process is ready. */
  progress(text: string): void;
  /** Sends `{"type":"ready", …facts}` to the parent, once; nothing while the process ends. */
  ready(facts: object): void;
  /**
   * Does the work of the start. Its error ends the process as {@link cannotStart} does; while the process ends, the error is
   * ignored, because the close function stops the work.
   */
  start(work: () => Promise<void>): Promise<void>;
  /** Stops the process gracefully; only the first call has an effect. */
  end(exitCode: number): void;
}

export function beginLife({ name, stopTimeoutMs, logger }: LifeOptions): Life {
  // Makes new files private, because views and archives contain the actions of devices and operators.
  if (isMainThread) process.umask(0o077);
  let close = async (): Promise<void> => {};
  let ending = false;

  function end(exitCode: number): void {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(1), stopTimeoutMs).unref();
    void close()
      .catch((error: unknown) => logger.error({ err: error }, `${name} did not stop gracefully`))
      .finally(() => process.exit(exitCode));
  }

  process.once("uncaughtException", (error: Error) => {
    logger.error({ err: error }, [`${name} ends: ${error.message}`, adviceOf(error)].filter(Boolean).join(". "));
    process.exit(1);
  });
  process.once("SIGTERM", () => end(0));
  process.once("SIGINT", () => end(0));
  atParentsEnd(() => end(0));

  return {
    get ending() {
      return ending;
    },
    endsWith(given) {
      close = given;
    },
    progress: (text) => notifyParent({ type: "progress", text }),
    ready(facts) {
      if (ending) return;
      logger.info(facts, `${name} is ready`);
      notifyParent({ type: "ready", ...facts });
    },
    async start(work) {
      try {
        await work();
      } catch (error) {
        if (!ending) cannotStart(error);
      }
    },
    end,
  };
}

/** Ignores a failure to send: the parent may have ended. */
function notifyParent(message: object): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}
