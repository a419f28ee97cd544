import { spawnSync } from "node:child_process";
import { findNatsServer } from "../nats-server/index.ts";
import { aptInstall, canAptInstall } from "../system/apt.ts";
import { findChromium, findProgram } from "../system/programs.ts";

/** Serves only the system's own Python. */
const PAHO = "python3-paho-mqtt";

/** Packages of Debian that root can install at little cost. */
const OTHERS = [
  { what: "mosquitto-clients", found: () => findProgram("mosquitto_pub") !== undefined, package: "mosquitto-clients" },
  { what: "Chromium", found: () => findChromium() !== undefined, package: "chromium" },
  { what: "paho for Python", found: hasPaho, package: PAHO },
  { what: "protoc", found: () => findProgram("protoc") !== undefined, package: "protobuf-compiler" },
  { what: "mtools", found: () => findProgram("mformat") !== undefined, package: "mtools" },
];

/**
 * No system test runs without nats-server: its absence is an error.
 *
 * Without another program, its suites are skipped with a line.
 */
export async function ensurePrerequisites(say: (line: string) => void): Promise<void> {
  const nats = await findNatsServer({ say });
  process.env.NATS_SERVER_BIN = nats.path;
  say(` ✓ nats-server ${nats.version} (${nats.path})`);

  for (const { what, found, package: name } of OTHERS) {
    const serves = name !== PAHO || [undefined, "/usr/bin/python3"].includes(findProgram("python3"));
    if (!found() && serves && canAptInstall()) await aptInstall(name, say);
    say(found() ? ` ✓ ${what}` : ` - ${what} can't be used here: the suites that need it are skipped`);
  }
}

function hasPaho(): boolean {
  return spawnSync("python3", ["-c", "import paho.mqtt.client"], { stdio: "ignore" }).status === 0;
}
