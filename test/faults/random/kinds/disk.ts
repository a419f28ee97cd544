import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Fault } from "../fault.ts";
import { pause, targetsOf } from "../world.ts";

const CHUNK = Buffer.alloc(1024 ** 2);

export const fullDisk: Fault = {
  name: "full disk",
  unavailable: ({ disk }) =>
    disk === undefined ? "it needs root on Linux, to mount a file system of its own" : undefined,
  async happen(world) {
    const filler = join(world.disk ?? "", "filler");
    await fill(filler);
    await delay(1_000);
    await pause(world, 4_000);
    await rm(filler);
    // From 2.14 on, nats-server stops writing to a stream after a disk error until a restart.
    const [nats] = targetsOf(world);
    await nats?.stop();
    await nats?.start();
  },
};

async function fill(path: string): Promise<void> {
  const file = await open(path, "w");
  try {
    for (let size = CHUNK.length; size >= 1; size = size >>> 1) {
      try {
        // Smaller sizes only fill the rest, with two writes at most: filling space that a process frees meanwhile would
        // take very long.
        for (let writes = 0; size === CHUNK.length || writes < 2; writes++) await file.write(CHUNK, 0, size);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
    }
  } finally {
    await file.close();
  }
}
