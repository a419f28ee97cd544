import { lstat, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { NoAnswer } from "../../outgoing/http.ts";
import { MAX_CATALOGUE_BYTES } from "./reader.ts";

/** Reads files of one folder, but no folders and links in it. */
export function filesIn(folder: string | undefined): (name: string) => Promise<string> {
  return async (name) => {
    if (folder === undefined) throw new NoAnswer("catalogues can't be files: FLEETLOG_CATALOGUE_FOLDER is not set");
    const path = join(folder, basename(name));
    const found = await lstat(path).catch(() => undefined);
    if (!found?.isFile()) throw new NoAnswer(`there is no file ${basename(name)} in the catalogues' folder`);
    if (found.size > MAX_CATALOGUE_BYTES)
      throw new NoAnswer(`the file is longer than ${MAX_CATALOGUE_BYTES / 1024} KiB`);
    return readFile(path, "utf8").catch(() => {
      throw new NoAnswer(`the file ${basename(name)} can't be read`);
    });
  };
}
