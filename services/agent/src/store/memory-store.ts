import { LocalStore } from "./local-store.ts";
import { DEFAULT_LIMITS, type Store, type StoreLimits } from "./store.ts";

/** The reports are lost when the process ends. */
export function memoryStore(limits: Partial<StoreLimits> = {}): Store {
  return new LocalStore({ ...DEFAULT_LIMITS, ...limits }, { write() {}, close() {} });
}
