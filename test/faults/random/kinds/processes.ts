import type { Fault } from "../fault.ts";
import { pause, pick, type Target, targetsOf, type World } from "../world.ts";

const LONGEST_ABSENCE_MS = 4_000;
/** Longer than a lease's time to live: some gateways are declared lost and come back. */
const LONGEST_FREEZE_MS = 8_000;

/** Starts the first target before all others, since nats-server is the first. */
async function restart(world: World, [first, ...others]: readonly Target[]): Promise<void> {
  await pause(world, LONGEST_ABSENCE_MS);
  await first?.start();
  await Promise.all(others.map((target) => target.start()));
}

async function stall(world: World, targets: readonly Target[]): Promise<void> {
  for (const { pid } of targets) signal(pid, "SIGSTOP");
  await pause(world, LONGEST_FREEZE_MS);
  for (const { pid } of targets) signal(pid, "SIGCONT");
}

/** A supervised process may have ended by itself. */
function signal(pid: number, name: "SIGSTOP" | "SIGCONT"): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Two or more. */
function several(world: World): readonly Target[] {
  const all = targetsOf(world);
  const chosen = all.filter(() => world.random(2) === 0);
  return chosen.length > 1 ? chosen : all;
}

export const kill: Fault = {
  name: "kill -9 of a process",
  async happen(world) {
    const target = pick(world, targetsOf(world));
    await target.kill();
    await restart(world, [target]);
  },
};

export const killSeveral: Fault = {
  name: "kill -9 of several processes at once",
  async happen(world) {
    const targets = several(world);
    await Promise.all(targets.map((target) => target.kill()));
    await restart(world, targets);
  },
};

export const terminate: Fault = {
  name: "SIGTERM of a process",
  async happen(world) {
    const target = pick(world, targetsOf(world));
    await target.stop();
    await restart(world, [target]);
  },
};

export const terminateSeveral: Fault = {
  name: "SIGTERM of several processes at once",
  async happen(world) {
    const targets = several(world);
    await Promise.all(targets.map((target) => target.stop()));
    await restart(world, targets);
  },
};

export const freeze: Fault = {
  name: "SIGSTOP of a process",
  happen: (world) => stall(world, [pick(world, targetsOf(world))]),
};

export const freezeSeveral: Fault = {
  name: "SIGSTOP of several processes at once",
  happen: (world) => stall(world, several(world)),
};
