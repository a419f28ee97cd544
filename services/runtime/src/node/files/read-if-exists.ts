import { readFileSync } from "node:fs";

/** Error codes of the system for a path where there is no file. */
const NO_FILE: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "EISDIR"]);

/** Whether an error of the file system says that there is no such file. Other errors say nothing about the file. */
export function isNoFile(error: unknown): boolean {
  return NO_FILE.has((error as NodeJS.ErrnoException | undefined)?.code ?? "");
}

/** Undefined without a file. @throws the system's error if there is a file that can't be read now */
export function bytesIfExists(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isNoFile(error)) return undefined;
    throw withPath(error as NodeJS.ErrnoException, path);
  }
}

/** Node.js names the file if it can't be opened, but not if it can't be read, as on a faulty disk. */
function withPath(error: NodeJS.ErrnoException, path: string): NodeJS.ErrnoException {
  if (error.path === undefined) Object.assign(error, { path, message: `${error.message} '${path}'` });
  return error;
}

/** As {@link bytesIfExists}, as UTF-8. */
export function textIfExists(path: string): string | undefined {
  return bytesIfExists(path)?.toString();
}

/** The value of a file of JSON; undefined also if the file is damaged or not whole. @throws as {@link bytesIfExists} */
export function jsonIfWhole(path: string): unknown {
  const text = textIfExists(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
