import type { StreamName } from "@fleetlog/domain";
import { expect, it } from "vitest";
import { ARCHIVE_FOLDER, folderOf } from "./folders.ts";

it("each stream has a folder of its own, and never the archive's", () => {
  const streams = { FLEET: 1, TELEMETRY: 1, ACCESS: 1, DELIVERY: 1 } satisfies Record<StreamName, 1>;
  const folders = (Object.keys(streams) as StreamName[]).map(folderOf);
  expect(new Set(folders).size).toBe(folders.length);
  expect(folders).not.toContain(ARCHIVE_FOLDER);
  expect(folderOf("FLEET")).toBe("FLEET");
});
