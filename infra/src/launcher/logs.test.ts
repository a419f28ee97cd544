import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ProcessLogs } from "./logs.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fleetlog-logs-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("ProcessLogs", () => {
  it("writes everything to the files, and shows warnings and errors up to a limit", async () => {
    const said: string[] = [];
    const logs = new ProcessLogs({ logLevel: "info" }, folder, (line) => said.push(line));
    logs.write("gateway", "raw", { severity: "info", text: "fine" });
    for (let count = 0; count < 100; count++) logs.write("gateway", "raw", { severity: "error", text: `bad ${count}` });
    logs.write("projector", "raw", { severity: "warn", text: "slow" });
    logs.close();
    expect(said.slice(0, 2)).toEqual(["[gateway] error: bad 0", "[gateway] error: bad 1"]);
    expect(said.slice(-2)).toEqual([
      `[gateway] … more of it in ${join(folder, "logs", "gateway.log")}`,
      "[projector] warn: slow",
    ]);
    expect(said.length).toBeLessThan(15);
    expect((await readFile(join(folder, "logs", "gateway.log"), "utf8")).split("\n")).toHaveLength(102);
  });

  it("shows everything at log level debug", () => {
    const said: string[] = [];
    const logs = new ProcessLogs({ logLevel: "debug" }, folder, (line) => said.push(line));
    for (let count = 0; count < 100; count++) logs.write("gateway", "raw", { severity: "debug", text: "fine" });
    logs.close();
    expect(said).toHaveLength(100);
  });
});
