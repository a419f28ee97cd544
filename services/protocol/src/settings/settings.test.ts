import { describe, expect, it } from "vitest";
import { loadSettings } from "./load.node.ts";
import { natsOptions } from "./nats.node.ts";
import { parseSettings, SettingsError } from "./parse.ts";
import { environmentName, Settings } from "./schema.ts";
import { settingsTable } from "./table.ts";

function problems(env: Record<string, string>): readonly string[] {
  try {
    loadSettings(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe("loadSettings", () => {
  it("has a default for everything but what is optional", () => {
    const settings = loadSettings({});
    expect(settings).toMatchObject({
      host: "127.0.0.1",
      httpPort: 8080,
      mqttPort: 1883,
      mqttsPort: 8883,
      dataDir: "./data",
      leaseTtl: 10_000,
      fleetMaxBytes: 8 * 1024 ** 3,
    });
    expect(settings.gatewayName).toMatch(/-8080$/);
    expect(settings.natsUrl).toBeUndefined();
    expect(Object.isFrozen(settings)).toBe(true);
  });

  it("reads durations, sizes, numbers and words", () => {
    expect(
      loadSettings({
        FLEETLOG_HTTP_PORT: "0",
        FLEETLOG_LEASE_TTL: "1.5s",
        FLEETLOG_TELEMETRY_MAX_BYTES: "64MiB",
        FLEETLOG_LOG_LEVEL: "debug",
        FLEETLOG_NATS_URL: "nats://a:4222,tls://b:4222",
        FLEETLOG_GATEWAY_NAME: "edge-1",
      }),
    ).toMatchObject({
      httpPort: 0,
      leaseTtl: 1_500,
      telemetryMaxBytes: 64 * 1024 ** 2,
      logLevel: "debug",
      natsUrl: "nats://a:4222,tls://b:4222",
      gatewayName: "edge-1",
    });
  });

  it("takes an empty text as not given", () => {
    expect(loadSettings({ FLEETLOG_HTTP_PORT: "", FLEETLOG_NATS_URL: "" })).toEqual(loadSettings({}));
  });

  it("ignores what is not Fleetlog's", () => {
    expect(problems({ PATH: "/bin", FLEETLOGGER: "x" })).toEqual([]);
  });

  it("lists every bad value with its name, what was given and what is accepted", () => {
    expect(problems({ FLEETLOG_HTTP_PORT: "99999", FLEETLOG_LEASE_TTL: "10", FLEETLOG_LOG_LEVEL: "loud" })).toEqual([
      'FLEETLOG_HTTP_PORT can\'t be "99999"; it accepts 0 to 65535',
      'FLEETLOG_LOG_LEVEL can\'t be "loud"; it accepts trace, debug, info, warn, error, silent',
      'FLEETLOG_LEASE_TTL can\'t be "10"; it accepts 1s to 10m',
    ]);
  });

  it("refuses an unknown name and suggests the nearest", () => {
    expect(problems({ FLEETLOG_HTTP_PROT: "1", FLEETLOG_XYZZY_PLUGH_QUUX: "1" })).toEqual([
      "FLEETLOG_HTTP_PROT is not a setting; did you mean FLEETLOG_HTTP_PORT?",
      "FLEETLOG_XYZZY_PLUGH_QUUX is not a setting; README.md lists them",
    ]);
  });

  it("is one line when one thing is wrong", () => {
    expect(() => loadSettings({ FLEETLOG_FLEET: "-5" })).toThrow(/^FLEETLOG_FLEET can't be "-5"; .*$/);
  });

  it("never repeats a secret", () => {
    expect(problems({ FLEETLOG_ADMIN_TOKEN: "two words" }).join()).not.toContain("two words");
  });
});

describe("parseSettings", () => {
  it("says which setting is needed when the machine offers none", () => {
    expect(() => parseSettings({}, () => ({}))).toThrow("FLEETLOG_GATEWAY_NAME is needed");
  });
});

describe("natsOptions", () => {
  it("is the launcher's own server unless another is named", async () => {
    expect(await natsOptions(loadSettings({ FLEETLOG_NATS_PORT: "4333" }))).toEqual({ url: "nats://127.0.0.1:4333" });
    const named = loadSettings({ FLEETLOG_NATS_URL: "tls://nats:4222", FLEETLOG_NATS_TOKEN: "secret" });
    expect(await natsOptions(named)).toEqual({ url: "tls://nats:4222", token: "secret" });
  });

  it("reads the credentials file, and names the setting when it can't", async () => {
    const file = import.meta.filename;
    expect((await natsOptions(loadSettings({ FLEETLOG_NATS_CREDS: file }))).creds).toContain("reads the credentials");
    await expect(natsOptions(loadSettings({ FLEETLOG_NATS_CREDS: "/nowhere" }))).rejects.toThrow("FLEETLOG_NATS_CREDS");
  });
});

describe("settingsTable", () => {
  it("has a row for every setting", () => {
    for (const key of Object.keys(Settings.properties))
      expect(settingsTable()).toContain(`\`${environmentName(key)}\``);
  });
});
