import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { ReplayOptions } from "./options.ts";
import { ProgressFile } from "./progress-file.ts";

const span = { source: { url: "a" }, target: { url: "b" }, from: 1, devices: [], prefix: "" };

function fileForTest(): { readonly path: string; readonly file: ProgressFile } {
  const folder = mkdtempSync(join(tmpdir(), "fleetlog-progress-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "progress.json");
  return { path, file: new ProgressFile(path, span as unknown as ReplayOptions) };
}

it("the progress of a span is kept; without a whole file of this span there is none", async () => {
  const { path, file } = fileForTest();
  expect(await file.read()).toBeUndefined();
  await file.write({ seq: 7 });
  expect(await file.read()).toEqual({ seq: 7 });
  const other = new ProgressFile(path, { ...span, from: 2 } as unknown as ReplayOptions);
  expect(await other.read()).toBeUndefined();
  writeFileSync(path, '{"span":');
  expect(await file.read()).toBeUndefined();
});

it("a file that can't be read now is an error: without it, events would be played again", async () => {
  const { path, file } = fileForTest();
  symlinkSync("progress.json", path);
  await expect(file.read()).rejects.toThrow("ELOOP");
});
