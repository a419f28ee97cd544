import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
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

  it("escapes control characters on the terminal, but not in the file", async () => {
    const said: string[] = [];
    const logs = new ProcessLogs({ logLevel: "info" }, folder, (line) => said.push(line));
    const text = "topic \x1b[2J\x1b]0;owned\x07 \u009b31m \u202egnp.exe \r\n ✓ gateway: fine é";
    logs.write("gateway", text, { severity: "warn", text });
    logs.close();
    expect(said).toEqual([
      "[gateway] warn: topic \\x1b[2J\\x1b]0;owned\\x07 \\x9b31m \\u202egnp.exe \\x0d\\x0a ✓ gateway: fine é",
    ]);
    expect(await readFile(join(folder, "logs", "gateway.log"), "utf8")).toBe(`${text}\n`);
  });

  it("continues while its folder can't be written, reports that once, and writes again when possible", async () => {
    await writeFile(join(folder, "logs"), "a file where the folder should be");
    const said: string[] = [];
    const logs = new ProcessLogs({ logLevel: "info" }, folder, (line) => said.push(line));
    for (const name of ["gateway", "projector"]) logs.write(name, "raw", { severity: "info", text: "fine" });
    expect(said).toEqual([expect.stringMatching(/^ ! the logs can't be written: .*logs/)]);
    await rm(join(folder, "logs"));
    logs.write("gateway", "raw", { severity: "info", text: "fine" });
    logs.close();
    expect(await readFile(join(folder, "logs", "gateway.log"), "utf8")).toBe("1 lines could not be written\nraw\n");
  });

  it("shows everything at log level debug", () => {
    const said: string[] = [];
    const logs = new ProcessLogs({ logLevel: "debug" }, folder, (line) => said.push(line));
    for (let count = 0; count < 100; count++) logs.write("gateway", "raw", { severity: "debug", text: "fine" });
    logs.close();
    expect(said).toHaveLength(100);
  });
});
