import { dirname } from "node:path";
import { makeFolder } from "../files/durable.ts";
import { FileJournal, type FileJournalOptions } from "./file-journal.ts";
import { LocalStore } from "./local-store.ts";
import { DEFAULT_LIMITS, type Store, type StoreLimits } from "./store.ts";

export type FileStoreOptions = Partial<StoreLimits & FileJournalOptions>;

/**
 * A store in one file (mode 0600), for one process. Changes survive `kill -9` and, with `sync`, a power cut.
 * @throws if the file can't be read or opened for writing
 */
export function fileStore(path: string, options: FileStoreOptions = {}): Store {
  makeFolder(dirname(path));
  const { journal, history } = FileJournal.open(path, { compactAtBytes: 262_144, sync: false, ...options });
  return new LocalStore({ ...DEFAULT_LIMITS, ...options }, journal, history);
}
