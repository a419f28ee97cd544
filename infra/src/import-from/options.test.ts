import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readOptions } from "./options.ts";

const folder = mkdtempSync(join(tmpdir(), "fleetlog-import-"));
afterAll(() => rmSync(folder, { recursive: true }));
const written = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const devices = written("devices.csv", "clientid,username,password\n");
const key = written("key.txt", "fk_123\n");
written("none.txt", "\n");
execFileSync(
  "openssl",
  "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.pem".split(" "),
  { cwd: folder, stdio: "ignore" },
);
const env = { INIT_CWD: folder, IMPORT_API_KEY: "fk_env" };

describe("readOptions", () => {
  it("finds files from the folder in which npm was called, and the key in the environment", async () => {
    expect(await readOptions(["--tpedm", "devices.csv", "--dry-run"], env)).toEqual({
      system: "tpedm",
      file: devices,
      url: "http://127.0.0.1:8080",
      key: "fk_env",
      account: undefined,
      authorities: [],
      links: undefined,
      report: join(folder, "import-report.jsonl"),
      dryRun: true,
    });
  });

  it("reads the key and the authority from files", async () => {
    const files = ["--key-file", key, "--authority", "ca.pem", "--links", "l.jsonl", "--report", "r.jsonl"];
    const more = ["--url", "https://fleet.example:8443", "--account", "plant-2"];
    expect(await readOptions(["--libpyiotcloud", devices, ...files, ...more], { INIT_CWD: folder })).toMatchObject({
      system: "libpyiotcloud",
      key: "fk_123",
      url: "https://fleet.example:8443",
      account: "plant-2",
      authorities: [{ subject: "CN=ca" }],
      dryRun: false,
    });
  });

  it.each([
    [[], "--tpedm or --libpyiotcloud is needed"],
    [["--tpedm", "no.csv"], "--tpedm: there is no file"],
    [["--tpedm", "devices.csv", "--libpyiotcloud", "x"], "exclude each other"],
    [["--tpedm", "devices.csv", "--authority", "ca.pem"], "--authority is for --libpyiotcloud"],
    [["--libpyiotcloud", "devices.csv", "--authority", "ca.key"], "no certificate in PEM"],
    [["--libpyiotcloud", "devices.csv", "--authority", "none.pem"], "there is no such file"],
    [["--tpedm", "devices.csv", "--key-file", "none.txt"], "an API key is needed"],
    [["--tpedm", "devices.csv", "--report", "devices.csv"], "--report is the file to import"],
    [["--libpyiotcloud", "devices.csv", "--links", "x", "--report", "x"], "different files"],
    [["--tpedm", "devices.csv", "--url", "fleet.example"], "--url can't be fleet.example"],
    [["--tpedm", "devices.csv", "--key", "fk_1"], "unknown option --key"],
  ])("rejects %j", async (args, message) => {
    await expect(readOptions(args, env)).rejects.toThrow(message);
  });
});
