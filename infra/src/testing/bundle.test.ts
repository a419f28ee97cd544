import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { root } from "../system/root.ts";
import { bundle } from "./bundle.ts";
import { bundleOf } from "./bundle-of.ts";

const PLACE = "infra/src/fixtures/bundled";
const [program, thread] = [`${PLACE}/program.ts`, `${PLACE}/thread.ts`];

it("a bundled program sees the paths of its source files, and starts its worker thread from a bundle", async () => {
  const folder = await mkdtemp(join(tmpdir(), "fleetlog-bundle-"));
  try {
    await bundle([program, thread], folder);
    const { stdout } = await promisify(execFile)(process.execPath, [bundleOf(program, folder)]);
    expect(JSON.parse(stdout)).toEqual({
      place: join(root, PLACE),
      runs: bundleOf(program, folder),
      thread: { place: join(root, thread), runs: bundleOf(thread, folder) },
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
