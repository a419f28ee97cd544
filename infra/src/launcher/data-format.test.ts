import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkFormat } from "./data-format.ts";

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "fleetlog-format-"));
});

afterEach(() => rmSync(dataDir, { recursive: true }));

const file = () => join(dataDir, "fleetlog.json");

describe("checkFormat", () => {
  it("records the versions in a new folder, and accepts the folder again", () => {
    expect(checkFormat(dataDir).openedBy("2.10.4")).toBeUndefined();
    expect(checkFormat(dataDir).openedBy("2.10.4")).toBeUndefined();
    expect(JSON.parse(readFileSync(file(), "utf8"))).toMatchObject({ format: 1, nats: "2.10.4" });
  });

  it("rejects a format of a newer version, and does not change the file", () => {
    const newer = JSON.stringify({ format: 2, version: "7.0.0" });
    writeFileSync(file(), newer);
    expect(() => checkFormat(dataDir)).toThrow(
      /^The data folder .* was written by Fleetlog 7.0.0, which is newer than this one \(.*FLEETLOG_DATA_DIR=/,
    );
    expect(readFileSync(file(), "utf8")).toBe(newer);
  });

  it("warns when this nats-server is older than the server that wrote the log", () => {
    checkFormat(dataDir).openedBy("2.12.1");
    expect(checkFormat(dataDir).openedBy("2.9.10")).toContain(
      "nats-server 2.12.1 wrote this log last, and this is 2.9.10",
    );
    expect(checkFormat(dataDir).openedBy("2.9.10")).toBeUndefined();
  });
});
