import { rmSync } from "node:fs";
import type { EventLog } from "@fleetlog/log";
import { mismatchWith } from "@fleetlog/projections/folding";
import { HistoryStore, type HistoryStoreOptions } from "./history-store.ts";

/** The store in the folder, or a new one if the stream is not that of the store: the log may have been replaced. */
export async function openMatching(log: EventLog, options: HistoryStoreOptions): Promise<HistoryStore> {
  const { directory, stream, logger } = options;
  const store = await HistoryStore.open(options);
  let why: string | undefined;
  try {
    why = await mismatchWith(log, stream, store.state.meta);
  } catch (error) {
    store.close();
    throw error;
  }
  if (why === undefined) return store;
  logger.warn({ directory, stream, why }, "the history is not of this log; rebuilding it");
  store.close();
  rmSync(directory, { recursive: true, force: true });
  return await HistoryStore.open(options);
}
