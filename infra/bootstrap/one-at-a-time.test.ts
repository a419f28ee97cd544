import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { oneAtATime } from "./one-at-a-time.mjs";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fleetlog-one-at-a-time-"));
  file = join(folder, "lock");
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("oneAtATime", () => {
  it("lets a second process wait until the first has ended, also if its work fails", async () => {
    const steps: string[] = [];
    const first = Promise.withResolvers<void>();
    const failing = oneAtATime(
      file,
      () => steps.push("first waits"),
      async () => {
        steps.push("first begins");
        await first.promise;
        steps.push("first fails");
        throw new Error("npm ci ended with code 1");
      },
    );
    const second = oneAtATime(
      file,
      () => {
        steps.push("second waits");
        first.resolve();
      },
      async () => steps.push("second begins"),
    );
    await expect(failing).rejects.toThrow("npm ci ended with code 1");
    await second;
    expect(steps).toEqual(["first begins", "second waits", "first fails", "second begins"]);
    expect(existsSync(file)).toBe(false);
  });

  it("takes over the lock of a process that was killed", async () => {
    writeFileSync(file, "killed");
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(file, longAgo, longAgo);
    expect(await oneAtATime(file, unexpected, async () => "done")).toBe("done");
    expect(existsSync(file)).toBe(false);
  });

  it("fails in a folder that is not there", async () => {
    const lost = join(folder, "lost", "lock");
    await expect(oneAtATime(lost, unexpected, async () => "done")).rejects.toThrow("ENOENT");
  });
});

function unexpected(): never {
  throw new Error("there is nothing to wait for");
}
