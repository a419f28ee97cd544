import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SettingsError } from "../parse.ts";
import type { ProcessName } from "./check.ts";
import { startSettings } from "./index.node.ts";

// Made for this test and used nowhere else: not every machine has openssl to make them.
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
  writeFileSync(at("own.key"), OWN_KEY);
  writeFileSync(at("other.key"), generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }));
  const lock = { cipher: "aes-256-cbc", passphrase: "secret" } as const;
  writeFileSync(at("locked.key"), createPrivateKey(OWN_KEY).export({ format: "pem", type: "pkcs8", ...lock }));
  writeFileSync(at("text"), "neither a key nor a certificate");
  writeFileSync(at("torn.crt"), "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
  mkdirSync(at("folder"));
});

afterAll(() => rmSync(folder, { recursive: true }));

function problems(process: ProcessName, env: Record<string, string>): readonly string[] {
  try {
    startSettings(process, { FLEETLOG_DATA_DIR: at("data"), ...env });
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

const tls = (cert: string, key: string) => ({ FLEETLOG_TLS_CERT: at(cert), FLEETLOG_TLS_KEY: at(key) });

describe("startSettings", () => {
  it("finds nothing wrong with what is right", () => {
    const creds = at("right.creds");
    writeFileSync(
      creds,
      "-----BEGIN NATS USER JWT-----\neyJ0\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\nSUAB\n------END USER NKEY SEED------\n",
    );
    expect(problems("launcher", { ...tls("own.crt", "own.key"), FLEETLOG_NATS_CREDS: creds })).toEqual([]);
    expect(problems("gateway", { FLEETLOG_HTTP_PORT: "0", FLEETLOG_MQTT_PORT: "0" })).toEqual([]);
  });

  it.each([
    [
      "a certificate that is not there",
      () => tls("none", "own.key"),
      /^FLEETLOG_TLS_CERT is .*none, which does not exist; give/,
    ],
    ["a folder", () => tls("own.crt", "folder"), /^FLEETLOG_TLS_KEY is .*folder, which is a folder, not a file; give/],
    ["a certificate that is none", () => tls("text", "own.key"), /^FLEETLOG_TLS_CERT is .*holds no PEM certificate/],
    ["a torn certificate", () => tls("torn.crt", "own.key"), /^FLEETLOG_TLS_CERT is .*holds no PEM certificate/],
    ["a key that is none", () => tls("own.crt", "own.crt"), /^FLEETLOG_TLS_KEY is .*holds no PEM private key/],
    [
      "a key with a passphrase",
      () => tls("own.crt", "locked.key"),
      /^FLEETLOG_TLS_KEY is .*passphrase; .*openssl pkey/,
    ],
    [
      "another's key",
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
      "authorities that are none",
      () => ({ ...tls("own.crt", "own.key"), FLEETLOG_TLS_CLIENT_CA: at("text") }),
      /^FLEETLOG_TLS_CLIENT_CA is .*holds no PEM certificate .* sign device certificates/,
    ],
    [
      "a revocation list that is none",
      () => ({
        ...tls("own.crt", "own.key"),
        FLEETLOG_TLS_CLIENT_CA: at("own.crt"),
        FLEETLOG_TLS_CLIENT_CRL: at("own.crt"),
      }),
      /^FLEETLOG_TLS_CLIENT_CRL is .*holds no PEM revocation list/,
    ],
    [
      "two ports alike",
      () => ({ FLEETLOG_HTTP_PORT: "1883" }),
      /^FLEETLOG_MQTT_PORT \(MQTT\) and FLEETLOG_HTTP_PORT .* both 1883/,
    ],
    [
      "a port like that of TLS",
      () => ({ ...tls("own.crt", "own.key"), FLEETLOG_MQTTS_PORT: "8080" }),
      /^FLEETLOG_MQTTS_PORT .*both 8080/,
    ],
    [
      "credentials that are not there",
      () => ({ FLEETLOG_NATS_CREDS: at("none") }),
      /^FLEETLOG_NATS_CREDS is .*does not exist; .*nsc/,
    ],
    [
      "credentials that are none",
      () => ({ FLEETLOG_NATS_CREDS: at("text") }),
      /^FLEETLOG_NATS_CREDS is .*no NATS credentials file/,
    ],
    ["copies on one server", () => ({ FLEETLOG_REPLICAS: "3" }), /^FLEETLOG_REPLICAS is 3, .*FLEETLOG_NATS_URL/],
    [
      "a file for the data folder",
      () => ({ FLEETLOG_DATA_DIR: at("text") }),
      /^FLEETLOG_DATA_DIR is .*text, which is a file, not a folder; name/,
    ],
    [
      "a data folder in a file",
      () => ({ FLEETLOG_DATA_DIR: at("text/data") }),
      /^FLEETLOG_DATA_DIR is .*no folder; name/,
    ],
  ])("says in one line of %s what to do", (_, env, line) => {
    expect(problems("launcher", env())).toEqual([expect.stringMatching(line)]);
  });

  it("says everything at once", () => {
    expect(problems("launcher", { ...tls("none", "text"), FLEETLOG_MQTT_PORT: "8080" })).toHaveLength(3);
  });

  it("asks each process only for what it uses", () => {
    const env = { FLEETLOG_REPLICAS: "3", FLEETLOG_DATA_DIR: at("text"), ...tls("none", "none") };
    expect(problems("reactors", env)).toEqual([]);
    expect(problems("projector", env)).toEqual([expect.stringContaining("FLEETLOG_DATA_DIR")]);
  });

  it.runIf(process.platform === "linux")("finds a disk that can't be written to, whatever the rights", () => {
    expect(problems("launcher", { FLEETLOG_DATA_DIR: "/proc/fleetlog" })).toEqual([
      expect.stringMatching(/^FLEETLOG_DATA_DIR is \/proc\/fleetlog, which/),
    ]);
  });

  it("leaves nothing in the data folder", () => {
    expect(problems("launcher", { FLEETLOG_DATA_DIR: at("fresh") })).toEqual([]);
    expect(readdirSync(at("fresh"))).toEqual([]);
  });
});
