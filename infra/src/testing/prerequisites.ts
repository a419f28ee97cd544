import { spawnSync } from "node:child_process";
import { findNatsServer } from "../nats-server/index.ts";
import { aptInstall, canAptInstall } from "../system/apt.ts";
import { findChromium, findProgram } from "../system/programs.ts";

/** Works only with the system's own Python. */
const PAHO = "python3-paho-mqtt";

/** Packages of Debian that root can install at little cost. */
const OTHERS = [
  {
    what: "mosquitto-clients",
    found: () => findProgram("mosquitto_pub") !== undefined,
    packages: ["mosquitto-clients"],
  },
  // Ubuntu has no package of the headless shell.
  { what: "Chromium", found: () => findChromium() !== undefined, packages: ["chromium-headless-shell", "chromium"] },
  { what: "paho for Python", found: hasPaho, packages: [PAHO] },
  { what: "protoc", found: () => findProgram("protoc") !== undefined, packages: ["protobuf-compiler"] },
  { what: "mtools", found: () => findProgram("mformat") !== undefined, packages: ["mtools"] },
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

  for (const { what, found, packages } of OTHERS) {
    const serves = !packages.includes(PAHO) || [undefined, "/usr/bin/python3"].includes(findProgram("python3"));
    for (const name of packages) if (!found() && serves && canAptInstall()) await aptInstall(name, say);
    say(found() ? ` ✓ ${what}` : ` - ${what} can't be used here: the suites that need it are skipped`);
  }
}

function hasPaho(): boolean {
  return spawnSync("python3", ["-c", "import paho.mqtt.client"], { stdio: "ignore" }).status === 0;
}
