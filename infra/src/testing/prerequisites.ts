import { findNatsServer } from "../nats-server/index.ts";
import { aptInstall, canAptInstall } from "../system/apt.ts";
import { findProgram } from "../system/programs.ts";

/**
 * Gets the programs that the system tests need. Without nats-server nothing of them can run, so that is an error;
 * without the others the suites that use them are skipped, and that is said.
 */
export async function ensurePrerequisites(say: (line: string) => void): Promise<void> {
  const nats = await findNatsServer(process.env, say);
  process.env.NATS_SERVER_BIN = nats.path;
  say(` ✓ nats-server ${nats.version} (${nats.path})`);

  if (findProgram("mosquitto_pub") === undefined && canAptInstall()) await aptInstall("mosquitto-clients", say);
  for (const [program, what] of [
    ["mosquitto_pub", "mosquitto-clients"],
    ["docker", "Docker"],
  ] as const) {
    const path = findProgram(program);
    say(path === undefined ? ` - ${what} is not installed: its suites are skipped` : ` ✓ ${what} (${path})`);
  }
}
