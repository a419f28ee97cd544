import { appendFile, readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Fault } from "../fault.ts";
import { pause, pick, targetsOf, type World } from "../world.ts";

/**
 * A power cut after nats-server has synced every append. The newest block then ends in zeros, in a part of a record or
 * as it should. The index, which is not synced, is cut, empty or gone.
 */
export const powerCut: Fault = {
  name: "power cut: torn last record, index lost",
  async happen(world) {
    const targets = targetsOf(world);
    await Promise.all(targets.map((target) => target.kill()));
    const streams = join(world.stack.nats.storeDir, "store", "jetstream", "$G", "streams");
    for (const stream of await readdir(streams)) await tear(world, join(streams, stream, "msgs"));
    const [nats, ...others] = targets;
    await nats?.start();
    await Promise.all(others.map((target) => target.start()));
  },
};

async function tear({ random }: World, folder: string): Promise<void> {
  const files = await readdir(folder);
  const numbers = files.filter((name) => name.endsWith(".blk")).map((name) => Number.parseInt(name, 10));
  if (numbers.length === 0) return;
  const newest = join(folder, `${Math.max(...numbers)}.blk`);
  const torn = Buffer.from(Array.from({ length: 1 + random(400) }, (_, i) => (i < 4 ? 60 : 0)));
  switch (random(3)) {
    case 0:
      await appendFile(newest, Buffer.alloc(1 + random(4_096)));
      break;
    case 1:
      await appendFile(newest, torn);
      break;
    default:
      break;
  }
  if (!files.includes("index.db")) return;
  if (random(2) === 0) await rm(join(folder, "index.db"));
  else await truncate(join(folder, "index.db"), random((await stat(join(folder, "index.db"))).size + 1));
}

export const damagedViews: Fault = {
  name: "views truncated or zeroed",
  async happen(world) {
    const { stack, random } = world;
    const index = random(stack.projectors.length);
    const projector = stack.projectors[index];
    await projector?.process.kill();
    const folder = join(stack.dataDir, `projector-projector-${index + 1}`);
    const files = (await readdir(folder)).filter((name) => /\.sqlite/.test(name));
    const file = join(folder, pick(world, files));
    const { size } = await stat(file);
    if (random(2) === 0) await truncate(file, random(size + 1));
    else await writeFile(file, Buffer.alloc(random(size + 1)), { flag: "r+" });
    await pause(world, 1_000);
    await projector?.restart();
  },
};
