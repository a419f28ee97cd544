import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeObjectsContract } from "../contract/objects.ts";
import { FolderObjects, MemoryObjects } from "./index.ts";

describeObjectsContract("objects in memory", async () => {
  const store = new MemoryObjects();
  return {
    open: () => store,
    openSmall: (maxBytes) => new MemoryObjects({ maxBytes }),
    used: async () => store.bytes,
    async close() {},
  };
});

describeObjectsContract("objects in a folder", async () => {
  const folder = await mkdtemp(join(tmpdir(), "fleetlog-objects-"));
  const [all, small] = [join(folder, "all"), join(folder, "small")];
  return {
    open: () => new FolderObjects({ folder: all, maxBytes: Number.POSITIVE_INFINITY }),
    openSmall: (maxBytes) => new FolderObjects({ folder: small, maxBytes }),
    async used() {
      const names = await readdir(all, { recursive: true });
      const sizes = names.map(async (name) => {
        const found = await stat(join(all, name));
        return found.isFile() ? found.size : 0;
      });
      return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    },
    close: () => rm(folder, { recursive: true }),
  };
});
