import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { event, storeContract, telemetry, waiting } from "./contract/store.ts";
import { fileStore } from "./file-store.ts";

describe("fileStore", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "fleetlog-store-"));
    path = join(folder, "new", "device.journal");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  let files = 0;
  storeContract({ make: (limits) => fileStore(join(folder, `${++files}.journal`), limits) });

  it("has the same contents after it is closed and opened again, in a file of mode 600", () => {
    const store = fileStore(path, { maxReports: 3 });
    for (let seq = 1; seq <= 5; seq++) store.append(telemetry(seq, { seq }));
    store.append(event(6));
    store.nextBoot(7);
    store.beginCommand("c1", "reboot");
    store.finishCommand({ id: "c2", ok: false, error: { code: "broken", message: "no" } }, "reset");
    store.acknowledgeCommand("c2");
    const before = { waiting: waiting(store), commands: [...store.commands()], dropped: store.dropped };
    store.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);

    const again = fileStore(path, { maxReports: 3 });
    expect({ waiting: waiting(again), commands: [...again.commands()], dropped: again.dropped }).toEqual(before);
    expect(again.lastKey).toBe(6);
    expect(again.nextBoot(0)).toBe(8);
    again.close();
  });

  it("has every acknowledged append after kill -9 in the middle of writing", async () => {
    const program = `
      import { fileStore } from ${JSON.stringify(new URL("./file-store.ts", import.meta.url).href)};
      const store = fileStore(${JSON.stringify(path)}, { compactAtBytes: 4096 });
      for (let seq = 1; ; seq++) {
        store.append({ kind: "telemetry", body: { data: { seq }, boot: "1-a", seq } });
        if (seq % 3 === 0) store.remove([store.next(0).key]);
        process.stdout.write(seq + "\\n");
        // Node writes to a pipe only when the event loop gets a turn.
        if (seq % 10 === 0) await new Promise(setImmediate);
      }`;
    for (let round = 0; round < 3; round++) {
      rmSync(path, { force: true });
      const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", program]);
      let output = "";
      child.stdout.on("data", (data: Buffer) => {
        output += data.toString();
        if (output.length > 2_000 * (round + 1)) child.kill("SIGKILL");
      });
      await once(child, "close");
      const printed = output.split("\n").slice(0, -1).map(Number);
      const last = printed.at(-1) ?? 0;
      const store = fileStore(path);
      const found = waiting(store);
      expect(last).toBeGreaterThan(100);
      // The kill may come after a report was stored, but before its number was printed.
      expect(found.at(-1)).toBeGreaterThanOrEqual(last);
      expect(found).toEqual(Array.from({ length: found.length }, (_, index) => (found[0] ?? 0) + index));
      // A removal follows every third append; the last removal may be missing.
      const removed = Math.floor((found.at(-1) ?? 0) / 3);
      expect([removed, removed - 1]).toContain((found[0] ?? 0) - 1);
      store.close();
    }
  });

  it("skips a torn last line, and keeps lines that are appended later", () => {
    const store = fileStore(path);
    store.append(telemetry(1));
    const whole = readFileSync(path);
    store.append(telemetry(2));
    const both = readFileSync(path);
    store.close();
    for (let cut = whole.length + 1; cut < both.length; cut++) {
      writeFileSync(path, both.subarray(0, cut));
      const torn = fileStore(path);
      expect(waiting(torn)).toEqual(cut === both.length - 1 ? [1, 2] : [1]);
      torn.append(telemetry(3));
      torn.close();
      const after = fileStore(path);
      expect(waiting(after)).toEqual(cut === both.length - 1 ? [1, 2, 3] : [1, 3]);
      after.close();
    }
  });

  it("adds `data: null` to events of older agents without data", () => {
    const body = { name: "door-opened", at: "2026-01-01T00:00:00Z", boot: "1-a", seq: 1 };
    mkdirSync(dirname(path), { recursive: true });
    const json = JSON.stringify({ op: "put", key: 1, report: { kind: "event", body } });
    writeFileSync(path, `${crc32(json).toString(16).padStart(8, "0")} ${json}\n`);
    const store = fileStore(path);
    expect(store.next(0)).toMatchObject({ key: 1, kind: "event", body: { ...body, data: null } });
    store.close();
  });

  it("skips a damaged line in the middle and logs a warning", () => {
    const store = fileStore(path);
    for (let seq = 1; seq <= 3; seq++) store.append(telemetry(seq, { mark: `m${seq}` }));
    writeFileSync(path, readFileSync(path, "utf8").replace("m2", "mX"));
    const warnings: object[] = [];
    const quiet = () => {};
    const logger = { debug: quiet, info: quiet, warn: (fields: object) => warnings.push(fields), error: quiet };
    const damaged = fileStore(path, { logger });
    expect(waiting(damaged)).toEqual([1, 3]);
    expect(warnings).toEqual([{ path, damaged: 1 }]);
    damaged.close();
    store.close();
  });

  it("reads a file of random bytes as an empty store", () => {
    fileStore(path).close();
    appendFileSync(path, Buffer.from(Array.from({ length: 5_000 }, (_, index) => (index * 37) % 256)));
    const store = fileStore(path);
    expect(store.reports).toBe(0);
    store.close();
  });

  it("stays below 11,000 bytes after 2,000 appended and removed reports", () => {
    const store = fileStore(path, { compactAtBytes: 10_000 });
    for (let seq = 1; seq <= 2_000; seq++) store.remove([store.append(telemetry(seq)).key]);
    expect(statSync(path).size).toBeLessThan(11_000);
    store.close();
  });
});
