import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectorSettings } from "@fleetlog/projections/settings";
import { reactorsSettings } from "@fleetlog/reactors/settings";
import { type Environment, loadSettings, SettingsError, type Slice, startSettings } from "@fleetlog/runtime/node";
import { simulatorSettings } from "@fleetlog/simulators/settings";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launcherSettings } from "./settings.ts";

let folder: string;
const at = (file: string) => join(folder, file);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fleetlog-settings-"));
  writeFileSync(at("text"), "neither a key nor a certificate");
});
afterAll(() => rmSync(folder, { recursive: true }));

function problems(of: Slice<object>, env: Environment): readonly string[] {
  try {
    startSettings(of, { FLEETLOG_DATA_DIR: at("data"), ...env });
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

const noFiles = { FLEETLOG_TLS_CERT: "/nowhere", FLEETLOG_TLS_KEY: "/nowhere" };

describe("launcherSettings", () => {
  it("has the settings of every process", () => {
    const settings = loadSettings(launcherSettings, { FLEETLOG_SITE: "north", FLEETLOG_FLEET: "5" });
    expect(settings).toMatchObject({
      host: "127.0.0.1",
      httpPort: 8080,
      mqttPort: 1883,
      mqttsPort: 8883,
      dataDir: "./data",
      leaseTtl: 10_000,
      fleetMaxBytes: 8 * 1024 ** 3,
      projectorName: "projector",
      site: "north",
      fleet: 5,
    });
    expect(settings.natsUrl).toBeUndefined();
  });

  it.each([
    [
      "three copies of a stream on one server",
      { FLEETLOG_REPLICAS: "3" },
      /^FLEETLOG_REPLICAS is 3, .*FLEETLOG_NATS_URL/,
    ],
    ["the gateway's ports", { FLEETLOG_HTTP_PORT: "1883" }, /^FLEETLOG_MQTT_PORT \(MQTT\) and FLEETLOG_HTTP_PORT/],
    [
      "the historian's port",
      { FLEETLOG_KURRENT_PORT: "8080", FLEETLOG_TLS: "auto" },
      /^FLEETLOG_KURRENT_PORT \(clients of KurrentDB\) and FLEETLOG_HTTP_PORT/,
    ],
    ["the historian's TLS", { FLEETLOG_KURRENT_PORT: "2113" }, /^FLEETLOG_KURRENT_PORT is given without TLS/],
    ["the credentials for NATS", { FLEETLOG_NATS_CREDS: "/nowhere" }, /^FLEETLOG_NATS_CREDS is .*does not exist/],
    ["a projector's name", { FLEETLOG_PROJECTOR_NAME: "a b" }, /^FLEETLOG_PROJECTOR_NAME can't be "a b"/],
    ["the number of simulated devices", { FLEETLOG_FLEET: "many" }, /^FLEETLOG_FLEET can't be "many"/],
  ])("finds what is wrong with %s before anything starts", (_, env, line) => {
    expect(problems(launcherSettings, env)).toEqual([expect.stringMatching(line)]);
  });

  it("says in one line what is wrong with the data folder", () => {
    expect(problems(launcherSettings, { FLEETLOG_DATA_DIR: at("text") })).toEqual([
      expect.stringMatching(/^FLEETLOG_DATA_DIR is .*text, which is a file, not a folder; name/),
    ]);
  });

  it("reports all problems at once", () => {
    expect(problems(launcherSettings, { ...noFiles, FLEETLOG_MQTT_PORT: "8080" })).toHaveLength(3);
  });
});

describe("the other processes", () => {
  it("check only the settings that they use", () => {
    const env = { ...noFiles, FLEETLOG_REPLICAS: "3", FLEETLOG_DATA_DIR: at("text") };
    expect(problems(reactorsSettings, env)).toEqual([]);
    expect(problems(projectorSettings, env)).toEqual([expect.stringContaining("FLEETLOG_DATA_DIR")]);
    expect(problems(simulatorSettings, env)).toEqual([expect.stringContaining("FLEETLOG_DATA_DIR")]);
  });
});
