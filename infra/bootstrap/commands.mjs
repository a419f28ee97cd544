import { archiveList } from "./commands/archive-list.mjs";
import { bench } from "./commands/bench.mjs";
import { image } from "./commands/image.mjs";
import { images } from "./commands/images.mjs";
import { importFrom } from "./commands/import-from.mjs";
import { importHistory } from "./commands/import-history.mjs";
import { mirror } from "./commands/mirror.mjs";
import { replay } from "./commands/replay.mjs";
import { start } from "./commands/start.mjs";
import { test } from "./commands/test.mjs";
import { verify } from "./commands/verify.mjs";

/**
 * The commands, each by the file that implements it.
 * @type {Readonly<Record<string, import("./command-line.mjs").Command>>}
 */
const commands = {
  "infra/src/archive-list/main.ts": archiveList,
  "infra/src/containers/main.ts": images,
  "infra/src/device-image/main.ts": image,
  "infra/src/import-from/main.ts": importFrom,
  "infra/src/import-history/main.ts": importHistory,
  "infra/src/main.ts": start,
  "infra/src/mirror/main.ts": mirror,
  "infra/src/replay/main.ts": replay,
  "infra/src/testing/main.ts": test,
  "infra/src/verify/main.ts": verify,
  "test/bench/main.ts": bench,
};

/**
 * The command that a file implements; undefined for a program that takes no arguments.
 * @param {string} entry
 */
export function commandOf(entry) {
  return commands[entry];
}
