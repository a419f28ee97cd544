import { join } from "node:path";
import { findProgram } from "../../system/programs.ts";
import { reasonOf, runProgram } from "../../system/run.ts";
import { visible } from "../../system/terminal.ts";
import { fileName, keepFetched } from "./cached.ts";
import { PINNED } from "./version.ts";
import { passedOver, type Way } from "./way.ts";

const MODULE = "github.com/nats-io/nats-server/v2";
/** Compiling takes one to five minutes. */
const TIMEOUT_MS = 900_000;

/** Go's checksum database vouches for the sources. */
export const goInstall: Way = {
  downloads: true,
  async find(machine) {
    const go = findProgram("go", machine.env.PATH, machine.folders);
    if (go === undefined) return passedOver("there is no Go toolchain to build it");
    machine.say(`   building nats-server ${PINNED} with Go; this takes a few minutes`);
    return keepFetched(machine, async (folder) => {
      const ran = await runProgram(go, ["install", `${MODULE}@v${PINNED}`], {
        env: { ...machine.env, GOBIN: folder, CGO_ENABLED: "0" },
        cwd: folder,
        timeoutMs: TIMEOUT_MS,
        signal: machine.signal,
        onLine: (line) => /^go: downloading/.test(line) && machine.say(`   ${visible(line)}`),
        onWait: (seconds) => seconds % 15 === 0 && machine.say(`   still building nats-server (${seconds} s)`),
      });
      return ran.code === 0
        ? { path: join(folder, fileName(machine.platform)) }
        : { why: `Go could not build it: ${reasonOf(ran)}` };
    });
  },
};
