import { findNatsServer } from "../nats-server/index.ts";
import { aptInstall, canAptInstall } from "../system/apt.ts";
import { findChromium, findProgram } from "../system/programs.ts";

/**
 * No system test runs without nats-server: its absence is an error.
 *
 * Without another program, its suites are skipped with a line.
 */
export async function ensurePrerequisites(say: (line: string) => void): Promise<void> {
  const nats = await findNatsServer({ say });
  process.env.NATS_SERVER_BIN = nats.path;
  say(` ✓ nats-server ${nats.version} (${nats.path})`);

  if (findProgram("mosquitto_pub") === undefined && canAptInstall()) await aptInstall("mosquitto-clients", say);
  report("mosquitto-clients", findProgram("mosquitto_pub") !== undefined, say);
  if (findChromium() === undefined && canAptInstall()) await aptInstall("chromium", say);
  report("Chromium", findChromium() !== undefined, say);
}

function report(what: string, there: boolean, say: (line: string) => void): void {
  say(there ? ` ✓ ${what}` : ` - ${what} can't be used here: the suites that need it are skipped`);
}
