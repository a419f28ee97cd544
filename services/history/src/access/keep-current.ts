import type { OwnedDevices } from "./devices.ts";

/** Milliseconds after which a device that has left a caller's scope is no longer shown by an answer that has begun. */
const EVERY_MS = 1_000;

/**
 * Once a caller has needed the devices, reads their newest changes from the log again and again, until the returned
 * function is called. An export or a replay runs for hours, and the process itself may be far behind the log.
 */
export function keepCurrent(devices: Pick<OwnedDevices, "isLoaded" | "load">, everyMs: number = EVERY_MS): () => void {
  const load = () => {
    // A failed read is tried again the next time. New answers fail until one succeeds.
    if (devices.isLoaded) devices.load().catch(() => {});
  };
  const timer = setInterval(load, everyMs).unref();
  return () => clearInterval(timer);
}
