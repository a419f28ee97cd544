import { open, readdir } from "node:fs/promises";
import { join } from "node:path";

const MESSAGES = "store/jetstream/$G/streams/FLEET/msgs";

export async function damageFleet(
  storeDir: string,
  which: "oldest" | "newest",
  damage: (size: number) => { readonly at: number; readonly bytes: Buffer },
): Promise<void> {
  const folder = join(storeDir, MESSAGES);
  const blocks = (await readdir(folder)).filter((file) => file.endsWith(".blk"));
  const block = blocks.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)).at(which === "oldest" ? 0 : -1);
  if (block === undefined) throw new Error("FLEET has no blocks");
  const file = await open(join(folder, block), "r+");
  try {
    const { at, bytes } = damage((await file.stat()).size);
    await file.write(bytes, 0, bytes.length, at);
  } finally {
    await file.close();
  }
}
