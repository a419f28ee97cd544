import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startStack } from "./stack.ts";

/**
 * Lets each bundled program of a stack write its compiled code into `NODE_COMPILE_CACHE` once, before the first test.
 *
 * A program writes it when it ends in order, and most tests kill their programs. Does nothing without bundles.
 */
export default async function compilePrograms(): Promise<void> {
  const { BUNDLED_PROGRAMS, NODE_COMPILE_CACHE } = process.env;
  if (BUNDLED_PROGRAMS === undefined || NODE_COMPILE_CACHE === undefined) return;
  const written = join(NODE_COMPILE_CACHE, "written-by-programs");
  if (existsSync(written)) return;
  await using stack = await startStack({ historians: 1 });
  const { api, gateways, projectors, reactors, historians } = stack;
  // Only functions that have run are stored.
  await api.register("a-device");
  await api.command("a-device", { name: "go" });
  for (const list of ["devices", "commands", "devices/a-device/events", "accounts", "people"])
    await api.call("GET", `/api/${list}`);
  await Promise.all([...gateways, ...projectors, ...reactors, ...historians].map((part) => part.process.stop()));
  writeFileSync(written, "");
}
