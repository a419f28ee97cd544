import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { fileStore } from "./file-store.ts";
import type { NewReport } from "./store.ts";

const disk = vi.hoisted(() => ({ bytesLeft: Number.POSITIVE_INFINITY, writes: 0 }));

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  return {
    ...fs,
    writeSync(file: number, bytes: Buffer, from: number) {
      disk.writes += 1;
      if (disk.bytesLeft === 0) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
      const written = fs.writeSync(file, bytes, from, Math.min(bytes.length - from, disk.bytesLeft));
      disk.bytesLeft -= written;
      return written;
    },
  };
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fleetlog-agent-"));
});
afterEach(() => {
  disk.bytesLeft = Number.POSITIVE_INFINITY;
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const report = (seq: number): NewReport => ({
  kind: "telemetry",
  body: { data: { text: "x".repeat(500) }, boot: "1-a", seq, at: "2026-01-01T00:00:00.000Z" },
});

it("a store continues in memory while the disk is full, retries rarely, and writes everything once there is space", () => {
  const path = join(folder, "store.jsonl");
  const errors: string[] = [];
  const logger = { debug() {}, info() {}, warn() {}, error: (_: object, text: string) => void errors.push(text) };
  const now = vi.spyOn(performance, "now").mockReturnValue(0);
  const store = fileStore(path, { logger });
  for (let seq = 1; seq <= 100; seq++) store.append(report(seq));
  disk.bytesLeft = 200;
  disk.writes = 0;
  for (let seq = 101; seq <= 300; seq++) store.append(report(seq));
  expect(store.reports).toBe(300);
  expect(errors).toHaveLength(1);
  expect(disk.writes).toBeLessThan(5);
  now.mockReturnValue(1_000);
  disk.bytesLeft = 10_000;
  store.append(report(301));
  expect(readdirSync(folder)).toEqual(["store.jsonl"]);
  now.mockReturnValue(2_000);
  disk.bytesLeft = Number.POSITIVE_INFINITY;
  store.append(report(302));
  // A second store opens the file while the first is open, as after a power cut.
  expect(fileStore(path).reports).toBe(302);
});
