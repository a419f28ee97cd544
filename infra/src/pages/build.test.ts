import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { whyBuild } from "./build.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fleetlog-pages-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** `at`: seconds since 1970. */
async function write(path: string, at: number): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, path);
  await utimes(file, at, at);
  for (let up = dirname(file); up.length > folder.length; up = dirname(up)) await utimes(up, 1, 1);
}

describe("whyBuild", () => {
  it("builds nothing without sources", async () => {
    expect(await whyBuild(folder)).toBeUndefined();
    await write("ui/dist/index.html", 100);
    expect(await whyBuild(folder)).toBeUndefined();
  });

  it("builds if there is no build, or any source is newer", async () => {
    await write("ui/package.json", 50);
    await write("ui/src/pages/fleet/table.ts", 60);
    await write("services/protocol/src/feed.ts", 70);
    expect(await whyBuild(folder)).toBe("they are not built yet");
    await write("ui/dist/index.html", 100);
    await write("ui/dist/assets/index.js", 200);
    await write("ui/node_modules/x/index.js", 200);
    expect(await whyBuild(folder)).toBeUndefined();
    await write("services/protocol/src/feed.ts", 101);
    expect(await whyBuild(folder)).toBe("their sources have changed");
    await write("services/protocol/src/feed.ts", 99);
    await write("services/runtime/src/units.ts", 101);
    expect(await whyBuild(folder)).toBe("their sources have changed");
    await write("services/runtime/src/units.ts", 99);
    await write("ui/src/pages/fleet/table.ts", 101);
    expect(await whyBuild(folder)).toBe("their sources have changed");
  });

  it("detects a removed source", async () => {
    await write("ui/package.json", 50);
    await write("ui/src/gone.ts", 60);
    await write("ui/dist/index.html", 100);
    expect(await whyBuild(folder)).toBeUndefined();
    await rm(join(folder, "ui/src/gone.ts"));
    expect(await whyBuild(folder)).toBe("their sources have changed");
  });
});
