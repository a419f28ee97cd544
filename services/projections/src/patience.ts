import { FleetError } from "@fleetlog/domain";

const RETRY_MS = 500;

/** Runs what needs the log again and again until the log is reached, or `givenUp` says that nobody waits any more. */
export async function whenReached<T>(task: () => Promise<T>, givenUp: () => boolean): Promise<T> {
  for (;;) {
    try {
      return await task();
    } catch (error) {
      const away = error instanceof FleetError && (error.code === "log-unavailable" || error.code === "unavailable");
      if (!away || givenUp()) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
