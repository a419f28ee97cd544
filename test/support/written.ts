import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Stack } from "./stack.ts";

/** The texts found in a file or log line of the run, including nats-server's files. */
export async function writtenOf(stack: Stack, texts: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  const look = (content: Buffer | string) => {
    for (const text of texts) if (content.includes(text)) found.add(text);
  };
  for (const folder of [stack.nats.storeDir, stack.dataDir]) {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) look(await readFile(join(entry.parentPath, entry.name)));
  }
  const processes = [...stack.gateways, ...stack.projectors, ...stack.reactors].map(({ process }) => process);
  look([...processes.flatMap((process) => process.logs()), ...stack.nats.logs()].join("\n"));
  return texts.filter((text) => found.has(text));
}
