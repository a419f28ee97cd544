import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Environment, loadSettings, SettingsError, startSettings } from "@fleetlog/runtime/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gatewaySettings } from "./index.ts";

// These keys are only for this test. They are constants, because not every machine has openssl.
const OWN_KEY = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINWiz+rylj2upfR8t/05Sz0WNSwkLCx+JnaLWBiLVkJA
-----END PRIVATE KEY-----
`;
const OWN_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBMjCB5aADAgECAhQfvLlj6RZbNoGvHFr5SJBDTTJ4qzAFBgMrZXAwDjEMMAoG
A1UEAwwDb3duMCAXDTI2MTEyMTA5NTEwMloYDzIxMjYxMDI4MDk1MTAyWjAOMQww
CgYDVQQDDANvd24wKjAFBgMrZXADIQAW2j0YOiswwV/dSRUuFkC7E4uV232rwZPT
3MwW0PCyBKNTMFEwHQYDVR0OBBYEFLhdpqB2ebwjXDVBtC+7iGWDwfbpMB8GA1Ud
IwQYMBaAFLhdpqB2ebwjXDVBtC+7iGWDwfbpMA8GA1UdEwEB/wQFMAMBAf8wBQYD
K2VwA0EAIM83dURBtTSoyHyNDwZMxk0meeyWkKNdTqHxg2i/v/ja6Th7EGi7Ks8k
Mz3kSQiVog+CTnEe7iYelPIM9V70AA==
-----END CERTIFICATE-----
`;

let folder: string;
const at = (file: string) => join(folder, file);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fleetlog-checks-"));
  writeFileSync(at("own.crt"), OWN_CERTIFICATE);
  writeFileSync(at("own.key"), OWN_KEY, { mode: 0o600 });
  writeFileSync(at("open.key"), OWN_KEY);
  chmodSync(at("open.key"), 0o644);
  writeFileSync(at("other.key"), generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }), {
    mode: 0o600,
  });
  const lock = { cipher: "aes-256-cbc", passphrase: "secret" } as const;
  writeFileSync(at("locked.key"), createPrivateKey(OWN_KEY).export({ format: "pem", type: "pkcs8", ...lock }), {
    mode: 0o600,
  });
  writeFileSync(at("text"), "neither a key nor a certificate");
  writeFileSync(at("torn.crt"), "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
  mkdirSync(at("folder"));
});

afterAll(() => rmSync(folder, { recursive: true }));

function problems(env: Environment): readonly string[] {
  try {
    startSettings(gatewaySettings, env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

const tls = (cert: string, key: string) => ({ FLEETLOG_TLS_CERT: at(cert), FLEETLOG_TLS_KEY: at(key) });

describe("gatewaySettings", () => {
  it("refuses an administrator's token of 15 characters, without repeating it, and accepts 16", () => {
    const [problem] = problems({ FLEETLOG_ADMIN_TOKEN: "fifteen-letters" });
    expect(problem).toMatch(/FLEETLOG_ADMIN_TOKEN can't be its value; it accepts 16 to 512/);
    expect(problems({ FLEETLOG_ADMIN_TOKEN: "sixteen--letters" })).toEqual([]);
    for (const weak of ["changeme-changeme", "password-password", "secret-admin-token", "a".repeat(40)]) {
      const [refused, ...others] = problems({ FLEETLOG_ADMIN_TOKEN: weak });
      expect(refused).toMatch(/FLEETLOG_ADMIN_TOKEN can't be its value; .*other than default words/);
      expect([refused, others]).not.toContain(weak);
      expect(others).toEqual([]);
    }
  });

  it("limits the bytes of one device to 20 times the rate that fills TELEMETRY within its maximum age", () => {
    const rate = (env: Environment) => loadSettings(gatewaySettings, env).deviceByteRate;
    const limits = (bytes: string, age: string) => ({
      FLEETLOG_TELEMETRY_MAX_BYTES: bytes,
      FLEETLOG_TELEMETRY_MAX_AGE: age,
    });
    expect(rate({})).toBe(Math.round((20 * 2 * 1_024 ** 3) / (7 * 86_400)));
    expect(rate(limits("1GiB", "1d"))).toBe(Math.round((20 * 1_024 ** 3) / 86_400));
    expect(rate(limits("64MiB", "7d"))).toBe(16 * 1_024);
    expect(rate({ ...limits("1GiB", "1d"), FLEETLOG_DEVICE_BYTE_RATE: "2KiB" })).toBe(2_048);
  });

  it("reads the public URL with its path, and refuses characters that need encoding", () => {
    const { publicUrl } = loadSettings(gatewaySettings, { FLEETLOG_PUBLIC_URL: "https://Fleet.example:443/" });
    expect(publicUrl).toBe("https://fleet.example");
    for (const given of ["https://fleet.example/a/fleet", "https://fleet.example/a/fleet/"]) {
      const read = loadSettings(gatewaySettings, { FLEETLOG_PUBLIC_URL: given });
      expect(read.publicUrl).toBe("https://fleet.example/a/fleet/");
    }
    for (const wrong of [
      "fleet.example",
      "https://fleet.example/fleet/?x=1",
      'https://fleet.example/"fleet"/',
      "https://fleet.example/fleet//x/",
      "ftp://fleet.example",
      "https://a@fleet.example",
    ]) {
      expect(problems({ FLEETLOG_PUBLIC_URL: wrong })).toEqual([expect.stringContaining("a URL, such as")]);
    }
  });

  it("accepts valid files and ports", () => {
    expect(problems(tls("own.crt", "own.key"))).toEqual([]);
    expect(problems({ FLEETLOG_HTTP_PORT: "0", FLEETLOG_MQTT_PORT: "0" })).toEqual([]);
    expect(problems({ FLEETLOG_MQTT_PORT: "off" })).toEqual([]);
    const off = { FLEETLOG_HTTP_PORT: "off", FLEETLOG_MQTT_PORT: "off" };
    expect(problems({ ...tls("own.crt", "own.key"), ...off })).toEqual([]);
  });

  it("needs no certificate file when FLEETLOG_TLS is `auto`", () => {
    const auto = { FLEETLOG_TLS: "auto", FLEETLOG_TLS_CLIENT_CA: at("own.crt") };
    expect(problems({ ...auto, FLEETLOG_HTTP_PORT: "off", FLEETLOG_MQTT_PORT: "off" })).toEqual([]);
    expect(problems({ FLEETLOG_TLS: "auto", FLEETLOG_MQTTS_PORT: "8080" })).toEqual([
      expect.stringContaining("both 8080"),
    ]);
    expect(problems({ FLEETLOG_TLS: "on" })).toEqual([expect.stringContaining("off, auto")]);
  });

  it("refuses HTTP `off` without HTTPS, and refuses a port `none`", () => {
    expect(problems({ FLEETLOG_HTTP_PORT: "off" })).toEqual([expect.stringContaining("nobody could reach the pages")]);
    expect(problems({ FLEETLOG_HTTP_PORT: "none" })).toEqual([expect.stringContaining("or off")]);
  });

  it.each([
    ["a missing certificate", () => tls("none", "own.key"), /^FLEETLOG_TLS_CERT is .*none, which does not exist; give/],
    ["a folder", () => tls("own.crt", "folder"), /^FLEETLOG_TLS_KEY is .*folder, which is a folder, not a file; give/],
    ["a file without a certificate", () => tls("text", "own.key"), /^FLEETLOG_TLS_CERT is .*holds no PEM certificate/],
    ["an incomplete certificate", () => tls("torn.crt", "own.key"), /^FLEETLOG_TLS_CERT is .*holds no PEM certificate/],
    ["a file without a key", () => tls("own.crt", "own.crt"), /^FLEETLOG_TLS_KEY is .*holds no PEM private key/],
    [
      "a key with a passphrase",
      () => tls("own.crt", "locked.key"),
      /^FLEETLOG_TLS_KEY is .*passphrase; .*openssl pkey/,
    ],
    [
      "a key that every user can read",
      () => tls("own.crt", "open.key"),
      /^FLEETLOG_TLS_KEY is .*open\.key, which every user can read \(mode 644\); chmod 600/,
    ],
    [
      "the key of another certificate",
      () => tls("own.crt", "other.key"),
      /^FLEETLOG_TLS_KEY is .*not the key of the first certificate in .*own/,
    ],
    [
      "a certificate alone",
      () => ({ FLEETLOG_TLS_CERT: at("own.crt") }),
      /^FLEETLOG_TLS_CERT is given without FLEETLOG_TLS_KEY/,
    ],
    [
      "authorities without a certificate",
      () => ({ FLEETLOG_TLS_CLIENT_CA: at("own.crt") }),
      /^FLEETLOG_TLS_CLIENT_CA is given without FLEETLOG_TLS_CERT/,
    ],
    [
      "a file without authorities",
      () => ({ ...tls("own.crt", "own.key"), FLEETLOG_TLS_CLIENT_CA: at("text") }),
      /^FLEETLOG_TLS_CLIENT_CA is .*holds no PEM certificate .* sign device certificates/,
    ],
    [
      "a file without a revocation list",
      () => ({
        ...tls("own.crt", "own.key"),
        FLEETLOG_TLS_CLIENT_CA: at("own.crt"),
        FLEETLOG_TLS_CLIENT_CRL: at("own.crt"),
      }),
      /^FLEETLOG_TLS_CLIENT_CRL is .*holds no PEM revocation list/,
    ],
    [
      "two equal ports",
      () => ({ FLEETLOG_HTTP_PORT: "1883" }),
      /^FLEETLOG_MQTT_PORT \(MQTT\) and FLEETLOG_HTTP_PORT .* both 1883/,
    ],
    [
      "a port equal to a TLS port",
      () => ({ ...tls("own.crt", "own.key"), FLEETLOG_MQTTS_PORT: "8080" }),
      /^FLEETLOG_MQTTS_PORT .*both 8080/,
    ],
  ])("reports %s in one line with advice", (_, env, line) => {
    expect(problems(env())).toEqual([expect.stringMatching(line)]);
  });

  it("has the host name and the HTTP port as the gateway's default name", () => {
    expect(loadSettings(gatewaySettings, {}).gatewayName).toMatch(/^[A-Za-z0-9][A-Za-z0-9_-]*-8080$/);
    expect(loadSettings(gatewaySettings, { FLEETLOG_GATEWAY_NAME: "edge-1" }).gatewayName).toBe("edge-1");
  });

  it("reads an OpenID provider with its roles, and refuses wrong roles, issuers and a missing public URL", () => {
    const given = {
      FLEETLOG_PUBLIC_URL: "https://fleet.example",
      FLEETLOG_OIDC_ISSUER: "https://id.example/realms/fleet",
      FLEETLOG_OIDC_CLIENT_ID: "fleetlog",
    };
    const read = loadSettings(gatewaySettings, { ...given, FLEETLOG_OIDC_ROLES: "groups a b=admin, c=viewer" });
    expect(read.oidcRoles).toEqual([
      { value: "groups a b", role: "admin" },
      { value: "c", role: "viewer" },
    ]);
    expect(loadSettings(gatewaySettings, { ...given, FLEETLOG_OIDC_ISSUER: "http://127.0.0.1:99" })).toBeDefined();
    const wrong = (more: Record<string, string>) => problems({ ...given, ...more });
    expect(wrong({ FLEETLOG_OIDC_ROLES: "a=boss" })).toEqual([expect.stringContaining("FLEETLOG_OIDC_ROLES")]);
    expect(wrong({ FLEETLOG_OIDC_CLIENT_SECRET: "lighthouse-7" })).toEqual([]);
    expect(wrong({ FLEETLOG_OIDC_CLIENT_SECRET: "changeme" })).toEqual([
      expect.stringContaining("other than default words"),
    ]);
    expect(wrong({ FLEETLOG_OIDC_ISSUER: "http://id.example" })).toEqual([expect.stringContaining("an HTTPS URL")]);
    const { FLEETLOG_PUBLIC_URL: _, ...without } = given;
    expect(problems(without)).toEqual([expect.stringContaining("FLEETLOG_PUBLIC_URL")]);
    expect(problems({ FLEETLOG_OIDC_ISSUER: "https://id.example" })).not.toEqual([]);
  });
});
