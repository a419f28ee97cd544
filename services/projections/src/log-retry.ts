import { FleetError } from "@fleetlog/domain";

const RETRY_MS = 500;

export async function retryWhileAway<T>(task: () => Promise<T>, isCancelled: () => boolean): Promise<T> {
  for (;;) {
    try {
      return await task();
    } catch (error) {
      const away = error instanceof FleetError && (error.code === "log-unavailable" || error.code === "unavailable");
      if (!away || isCancelled()) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
