import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
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
    { mode: 0o600 },
  );
  copyFileSync(at("right.creds"), at("open.creds"));
  chmodSync(at("open.creds"), 0o644);
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

const options = (env: Environment) => backboneOptions(loadSettings(logSettings, env), "gateway");

describe("logSettings", () => {
  it("takes a valid credentials file", () => {
    expect(problems({ FLEETLOG_NATS_CREDS: at("right.creds") })).toEqual([]);
  });

  it("rejects a credentials file that is missing, readable by all, or of another format, in one line", () => {
    expect(problems({ FLEETLOG_NATS_CREDS: at("none") })).toEqual([
      expect.stringMatching(/^FLEETLOG_NATS_CREDS is .*does not exist; .*nsc/),
    ]);
    expect(problems({ FLEETLOG_NATS_CREDS: at("open.creds") })).toEqual([
      expect.stringMatching(/^FLEETLOG_NATS_CREDS is .*which every user can read \(mode 644\); chmod 600/),
    ]);
    expect(problems({ FLEETLOG_NATS_CREDS: at("text") })).toEqual([
      expect.stringMatching(/^FLEETLOG_NATS_CREDS is .*no NATS credentials file/),
    ]);
  });

  it.each([
    [
      "a user without a password",
      { FLEETLOG_NATS_USER: "a" },
      /^FLEETLOG_NATS_USER is given without FLEETLOG_NATS_PASSWORD/,
    ],
    [
      "two kinds of credential",
      { FLEETLOG_NATS_USER: "a", FLEETLOG_NATS_PASSWORD: "lighthouse", FLEETLOG_NATS_TOKEN: "breakwater" },
      /^FLEETLOG_NATS_USER and FLEETLOG_NATS_TOKEN are given/,
    ],
    [
      "a password of default words",
      { FLEETLOG_NATS_USER: "a", FLEETLOG_NATS_PASSWORD: "Password123456" },
      /^FLEETLOG_NATS_PASSWORD can't be its value; .*other than default words/,
    ],
    [
      "a token of three characters",
      { FLEETLOG_NATS_TOKEN: "x7K" },
      /^FLEETLOG_NATS_TOKEN can't be its value; .*4 to 512/,
    ],
    ["a password in the address", { FLEETLOG_NATS_URL: "nats://a:b@c:1" }, /^FLEETLOG_NATS_URL has a user name/],
    ["an authority that is missing", { FLEETLOG_NATS_CA: "/nowhere" }, /^FLEETLOG_NATS_CA is .*does not exist/],
    [
      "a file that holds no authority's certificate",
      { FLEETLOG_NATS_CA: import.meta.filename },
      /^FLEETLOG_NATS_CA is .*holds no PEM certificate/,
    ],
    [
      "a certificate without a key",
      { FLEETLOG_NATS_CERT: "/a" },
      /^FLEETLOG_NATS_CERT is given without FLEETLOG_NATS_KEY/,
    ],
  ])("rejects %s in one line", (_, env, line) => {
    expect(problems(env)).toEqual([expect.stringMatching(line)]);
  });
});

describe("backboneOptions", () => {
  it("uses the launcher's server by default, with the password that the launcher wrote last", async () => {
    const env = { FLEETLOG_NATS_PORT: "4333", FLEETLOG_DATA_DIR: at("data") };
    const before = await options(env);
    expect(before).toMatchObject({ url: "nats://127.0.0.1:4333", role: "gateway" });
    expect(before.login?.()).toBeUndefined();
    mkdirSync(at("data/nats"), { recursive: true });
    const write = (password: string) =>
      writeFileSync(
        at("data/nats/access.json"),
        JSON.stringify({ url: "nats://127.0.0.1:5", sync: "always", passwords: { gateway: password } }),
      );
    write("first");
    const own = await options(env);
    expect(own).toMatchObject({ url: "nats://127.0.0.1:5", sync: "always" });
    expect(own.login?.()).toEqual({ user: "gateway", password: "first" });
    write("second");
    expect(own.login?.()).toEqual({ user: "gateway", password: "second" });
  });

  it("takes a user or a token for another server, and TLS if files or a tls:// URL are set", async () => {
    const url = "nats://a:4222,tls://b:4222";
    const user = { FLEETLOG_NATS_USER: "us", FLEETLOG_NATS_PASSWORD: "lighthouse", FLEETLOG_NATS_SYNC: "10s" };
    const byUser = await options({ FLEETLOG_NATS_URL: url, ...user });
    expect(byUser).toMatchObject({ url, tls: {}, sync: "10s" });
    expect(byUser.login?.()).toEqual({ user: "us", password: "lighthouse" });
    const byToken = await options({ FLEETLOG_NATS_URL: "nats://a", FLEETLOG_NATS_TOKEN: "breakwater" });
    expect(byToken).toEqual({ url: "nats://a", role: "gateway", token: "breakwater", streams: expect.anything() });
    const files = { FLEETLOG_NATS_CA: "/ca", FLEETLOG_NATS_CERT: "/cert", FLEETLOG_NATS_KEY: "/key" };
    const { tls } = await options({ FLEETLOG_NATS_URL: "nats://a", ...files });
    expect(tls).toEqual({ caFile: "/ca", certFile: "/cert", keyFile: "/key" });
  });

  it("declares the streams with the limits that are set", async () => {
    const { streams } = await options({
      FLEETLOG_FLEET_MAX_BYTES: "1GiB",
      FLEETLOG_TELEMETRY_MAX_BYTES: "64MiB",
      FLEETLOG_TELEMETRY_MAX_AGE: "1.5d",
      FLEETLOG_ACCESS_MAX_BYTES: "32MiB",
      FLEETLOG_ACCESS_MAX_AGE: "2d",
      FLEETLOG_DELIVERY_MAX_BYTES: "16MiB",
      FLEETLOG_DELIVERY_MAX_AGE: "3d",
      FLEETLOG_REPLICAS: "3",
    });
    expect(streams).toMatchObject([
      { name: "FLEET", maxBytes: 1024 ** 3, replicas: 3 },
      { name: "TELEMETRY", maxBytes: 64 * 1024 ** 2, maxAgeMs: 129_600_000, replicas: 3 },
      { name: "ACCESS", maxBytes: 32 * 1024 ** 2, maxAgeMs: 172_800_000, replicas: 3 },
      { name: "DELIVERY", maxBytes: 16 * 1024 ** 2, maxAgeMs: 259_200_000, replicas: 3 },
    ]);
  });

  it("reads the credentials file, and names the setting if the file is missing", async () => {
    expect((await options({ FLEETLOG_NATS_CREDS: at("right.creds") })).creds).toContain("SUAB");
    await expect(options({ FLEETLOG_NATS_CREDS: "/nowhere" })).rejects.toThrow("FLEETLOG_NATS_CREDS");
  });
});
