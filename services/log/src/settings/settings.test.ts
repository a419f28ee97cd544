import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Environment, loadSettings, SettingsError, startSettings } from "@fleetlog/runtime/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backboneOptions } from "./backbone-options.ts";
import { logSettings } from "./index.ts";

let folder: string;
const at = (file: string) => join(folder, file);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fleetlog-credentials-"));
  writeFileSync(at("text"), "no credentials");
  writeFileSync(
    at("right.creds"),
    "-----BEGIN NATS USER JWT-----\neyJ0\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\nSUAB\n------END USER NKEY SEED------\n",
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

function problems(env: Environment): readonly string[] {
  try {
    startSettings(logSettings, env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

const options = (env: Environment) => backboneOptions(loadSettings(logSettings, env));

describe("logSettings", () => {
  it("takes a credentials file that is one", () => {
    expect(problems({ FLEETLOG_NATS_CREDS: at("right.creds") })).toEqual([]);
  });

  it("says in one line what is wrong with a credentials file", () => {
    expect(problems({ FLEETLOG_NATS_CREDS: at("none") })).toEqual([
      expect.stringMatching(/^FLEETLOG_NATS_CREDS is .*does not exist; .*nsc/),
    ]);
    expect(problems({ FLEETLOG_NATS_CREDS: at("text") })).toEqual([
      expect.stringMatching(/^FLEETLOG_NATS_CREDS is .*no NATS credentials file/),
    ]);
  });
});

describe("backboneOptions", () => {
  it("is the launcher's own server unless another is named", async () => {
    const own = await options({ FLEETLOG_NATS_PORT: "4333" });
    expect(own).toEqual({ url: "nats://127.0.0.1:4333", streams: expect.anything() });
    expect(await options({ FLEETLOG_NATS_URL: "nats://a:4222,tls://b:4222", FLEETLOG_NATS_TOKEN: "secret" })).toEqual({
      url: "nats://a:4222,tls://b:4222",
      token: "secret",
      streams: expect.anything(),
    });
  });

  it("declares the streams with the limits that are set", async () => {
    const { streams } = await options({
      FLEETLOG_FLEET_MAX_BYTES: "1GiB",
      FLEETLOG_TELEMETRY_MAX_BYTES: "64MiB",
      FLEETLOG_TELEMETRY_MAX_AGE: "1.5d",
      FLEETLOG_REPLICAS: "3",
    });
    expect(streams).toMatchObject([
      { name: "FLEET", maxBytes: 1024 ** 3, replicas: 3 },
      { name: "TELEMETRY", maxBytes: 64 * 1024 ** 2, maxAgeMs: 129_600_000, replicas: 3 },
    ]);
  });

  it("reads the credentials file, and names the setting when it can't", async () => {
    expect((await options({ FLEETLOG_NATS_CREDS: at("right.creds") })).creds).toContain("SUAB");
    await expect(options({ FLEETLOG_NATS_CREDS: "/nowhere" })).rejects.toThrow("FLEETLOG_NATS_CREDS");
  });
});
