import { open, readdir, rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../../../support/eventually.ts";
import type { Fault } from "../fault.ts";
import { newestSeq, pastAnswers } from "../past.ts";
import { pause, pick, type World } from "../world.ts";

/**
 * Folders of histories, which can be built from the log again. The archive of telemetry is not among them, because the
 * log may not have its events any more.
 */
const FOLDERS = /^(?!TELEMETRY$|TELEMETRY-devices$)[A-Z]+(?:-views)?$/;
/** Files that are damaged; not SQLite's `-shm`, which is memory that processes share. */
const FILES = /(?:\.parquet|\.rows|\.sqlite|\.sqlite-wal|manifest\.json)$/;
const ROUNDS = 4;
/** Milliseconds for the historian to read the whole log. */
const FOLDED_MS = 120_000;

export const damagedHistory: Fault = {
  name: "history truncated, zeroed or lost while it is read",
  async happen(world) {
    const { stack, historians } = world;
    const upTo = await newestSeq(stack);
    const all = () => eventually(() => whole(world, upTo), FOLDED_MS);
    const before = await all();
    const index = world.random(historians.length);
    const damaged = await damage(world, join(stack.dataDir, `historian-historian-${index + 1}`));
    for (let round = 0; round < ROUNDS; round++) {
      expectSame(before, await pastAnswers(stack, upTo), damaged);
      await pause(world, 1_500);
    }
    // Damage that no answer has met is noticed at the next start.
    await historians[index]?.kill();
    await historians[index]?.start();
    expectSame(before, await all(), damaged);
    await historians[index]?.running();
  },
};

async function whole({ stack }: World, upTo: number): Promise<Readonly<Record<string, string | undefined>>> {
  const answers = await pastAnswers(stack, upTo);
  const [refused] = Object.entries(answers).find(([, answer]) => answer === undefined) ?? [];
  if (refused !== undefined) throw new Error(`the historian does not answer ${refused}`);
  return answers;
}

function expectSame(
  before: Readonly<Record<string, string | undefined>>,
  after: Readonly<Record<string, string | undefined>>,
  damaged: string,
): void {
  for (const [name, answer] of Object.entries(after)) {
    if (answer === undefined || answer === before[name]) continue;
    throw new Error(`after ${damaged}, ${name} was answered with ${answer}, and before with ${before[name]}`);
  }
}

/** @returns what happened, for errors */
async function damage(world: World, directory: string): Promise<string> {
  const folders = (await readdir(directory)).filter((name) => FOLDERS.test(name));
  const folder = join(directory, pick(world, folders));
  const files = (await readdir(folder, { recursive: true })).filter((name) => FILES.test(name));
  const file = join(folder, pick(world, files));
  const { size } = await stat(file);
  const from = world.random(size + 1);
  switch (world.random(3)) {
    case 0:
      await rm(file);
      return `the loss of ${file}`;
    case 1:
      await truncate(file, from);
      return `truncating ${file} to ${from} of ${size} bytes`;
    default: {
      const length = world.random(size - from + 1);
      await zero(file, from, length);
      return `writing ${length} zeros at ${from} of ${size} bytes of ${file}`;
    }
  }
}

async function zero(path: string, from: number, length: number): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.write(Buffer.alloc(length), 0, length, from);
  } finally {
    await file.close();
  }
}
