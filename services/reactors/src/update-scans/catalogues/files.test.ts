import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { filesIn } from "./files.ts";
import { MAX_CATALOGUE_BYTES } from "./reader.ts";

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "catalogues-"));
  folder = join(parent, "lists");
  await mkdir(join(folder, "inner"), { recursive: true });
  await writeFile(join(folder, "pumps.json"), "the list");
  await writeFile(join(parent, "secret.json"), "a secret");
  await writeFile(join(folder, "inner", "deep.json"), "a secret");
});
afterEach(() => rm(parent, { recursive: true }));

describe("a file of a catalogue", () => {
  it("is read from the folder", async () => {
    expect(await filesIn(folder)("pumps.json")).toBe("the list");
  });

  it.each(["../secret.json", "..", ".", "", "inner", "inner/deep.json", "none.json", "%2e%2e%2fsecret.json"])(
    "is not read from outside of the folder: %j",
    async (name) => {
      await expect(filesIn(folder)(name)).rejects.toThrow("there is no file");
    },
  );

  it("is not read outside of the folder by an absolute path", async () => {
    await expect(filesIn(folder)(join(parent, "secret.json"))).rejects.toThrow("there is no file secret.json");
  });

  it("can't be a link", async () => {
    await symlink(join(parent, "secret.json"), join(folder, "link.json"));
    await expect(filesIn(folder)("link.json")).rejects.toThrow("there is no file");
  });

  it("has at most 512 KiB", async () => {
    await writeFile(join(folder, "long.json"), "x".repeat(MAX_CATALOGUE_BYTES + 1));
    await expect(filesIn(folder)("long.json")).rejects.toThrow("the file is longer than 512 KiB");
  });

  it("needs the folder to be set", async () => {
    await expect(filesIn(undefined)("pumps.json")).rejects.toThrow("FLEETLOG_CATALOGUE_FOLDER is not set");
  });
});
