import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { cacheFolder } from "../nats-server/find/way.ts";
import { findNatsServer } from "../nats-server/index.ts";
import { aptInstall, canAptInstall } from "../system/apt.ts";
import { foreignEnvironment } from "../system/foreign-environment.ts";
import { findProgram } from "../system/programs.ts";
import { ensureChromium } from "./chromium.ts";
import { fetchPythonPackages } from "./python-packages.ts";

/** Works only with the system's own Python. */
const PAHO = "python3-paho-mqtt";

/** Packages of Debian that root can install at little cost. */
const OTHERS = [
  { what: "mosquitto-clients", found: () => findProgram("mosquitto_pub") !== undefined, name: "mosquitto-clients" },
  { what: "paho for Python", found: hasPaho, name: PAHO },
  { what: "protoc", found: () => findProgram("protoc") !== undefined, name: "protobuf-compiler" },
  { what: "mtools", found: () => findProgram("mformat") !== undefined, name: "mtools" },
];

/**
 * No system test runs without nats-server: its absence is an error.
 *
 * If another program is missing, the suites that need it are skipped with a line.
 */
export async function ensurePrerequisites(say: (line: string) => void): Promise<void> {
  const nats = await findNatsServer({ say });
  process.env.NATS_SERVER_BIN = nats.path;
  say(` ✓ nats-server ${nats.version} (${nats.path})`);

  const report = (what: string, found: boolean) =>
    say(found ? ` ✓ ${what}` : ` - ${what} can't be used here: the suites that need it are skipped`);
  report("Chromium", (await ensureChromium(canAptInstall(), say)) !== undefined);
  for (const { what, found, name } of OTHERS) {
    const serves = name !== PAHO || [undefined, "/usr/bin/python3"].includes(findProgram("python3"));
    if (!found() && serves && canAptInstall()) await aptInstall(name, say);
    if (name === PAHO && !found()) await usePaho(say);
    report(what, found());
  }
}

/** Sets PYTHONPATH, so that programs that are started from now on find Paho's client. */
async function usePaho(say: (line: string) => void): Promise<void> {
  const env = foreignEnvironment(process.env);
  const cache = join(cacheFolder(env, process.platform), "fleetlog");
  const path = await fetchPythonPackages({ env, cache, say, signal: new AbortController().signal });
  if (path !== undefined) process.env.PYTHONPATH = path;
}

function hasPaho(): boolean {
  return spawnSync("python3", ["-c", "import paho.mqtt.client"], { stdio: "ignore" }).status === 0;
}
