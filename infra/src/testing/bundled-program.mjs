import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { cachedDataVersionTag } from "node:v8";
import { constants, Script } from "node:vm";
import { threadId } from "node:worker_threads";

// A bundled program: runs the script of the same name with the code of its functions that an earlier run has saved. While
// the folder has the file `save-compiled`, programs save their code. A file says so, not an environment variable,
// because some processes get no variables.

const SAVE_EVERY_MS = 1_000;
/** Offset in V8's compiled code of the hash of V8's options. V8 rejects code that was compiled with other options. */
const OPTIONS_HASH = 12;

const file = import.meta.filename.replace(/\.mjs$/, ".js");
const compiled = `${file}.${cachedDataVersionTag()}`;
const cachedData = existsSync(compiled) ? readFileSync(compiled) : undefined;
const script = new Script(readFileSync(file, "latin1"), {
  filename: file,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  ...(cachedData && { cachedData }),
});
if (cachedData === undefined && existsSync(join(dirname(file), "save-compiled"))) {
  // Some programs change options of the garbage collector later.
  const optionsHash = script.createCachedData().readUInt32LE(OPTIONS_HASH);
  const save = () => saveCompiled(optionsHash);
  process.on("exit", save);
  // Terminated threads and killed processes do not emit `exit`.
  setInterval(save, SAVE_EVERY_MS).unref();
}
await script.runInThisContext()(createRequire(file));

/**
 * Saves the code of all functions that have run until now.
 * @param {number} optionsHash
 */
function saveCompiled(optionsHash) {
  const code = script.createCachedData();
  code.writeUInt32LE(optionsHash, OPTIONS_HASH);
  const part = `${compiled}.${process.pid}.${threadId}`;
  writeFileSync(part, code);
  renameSync(part, compiled);
}
