import { randomBytes, randomUUID } from "node:crypto";
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { KEY_FORMAT, MAKE_KEY, parseKey } from "./key.ts";

/** The first gateway makes this file, if no setting gives a key. */
export function keyFileIn(dataDir: string): string {
  return resolve(join(dataDir, "installation-key"));
}

/**
 * The key, or one line about what is wrong with the file; undefined without a file. Other users must not be able to
 * read the file. The file's group may read it, because orchestrators mount secrets in this way.
 */
export function readKeyFile(file: string): { readonly key: Buffer } | { readonly problem: string } | undefined {
  let text: string;
  try {
    const mode = statSync(file).mode & 0o777;
    if ((mode & 0o007) !== 0) {
      const shown = mode.toString(8);
      return {
        problem: `${file} is the installation key, and every user can read it (mode ${shown}); chmod 600 ${file}`,
      };
    }
    text = readFileSync(file, "utf8").trim();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR"
      ? undefined
      : { problem: `${file} is the installation key, and can't be read: ${message}` };
  }
  const key = parseKey(text);
  return key === undefined ? { problem: `${file} must have ${KEY_FORMAT}: ${MAKE_KEY}` } : { key };
}

/** Makes a new key in the file, readable by this user only. Returns false if the file exists already. */
export function makeKeyFile(file: string): boolean {
  const written = `${file}.${randomUUID()}`;
  try {
    writeFileSync(written, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flag: "wx", flush: true });
    // Unlike a write, a link appears with its whole content, and never replaces a file.
    linkSync(written, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(written, { force: true });
  }
}
