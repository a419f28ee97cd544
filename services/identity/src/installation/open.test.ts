import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Buckets, type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import { startSettings } from "@fleetlog/runtime/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openInstallation } from "./open.ts";
import { installationSettings } from "./settings.ts";

let folder: string;
let backbone: MemoryBackbone;
const at = (name: string) => join(folder, name);
const newKey = () => randomBytes(32).toString("base64url");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fleetlog-key-"));
  backbone = memoryBackbone();
});
afterEach(async () => {
  await backbone.close();
  rmSync(folder, { recursive: true });
});

const settings = (env: Readonly<Record<string, string>> = {}) =>
  startSettings(installationSettings, { FLEETLOG_DATA_DIR: at("data"), ...env });
const open = (env?: Readonly<Record<string, string>>) => openInstallation(settings(env), backbone.buckets);
const recorded = async () => (await backbone.buckets.open("installation", { maxBytes: 65_536 })).entries();

describe("openInstallation", () => {
  it("makes a key file at the first start, readable by this user only, and uses it at the second", async () => {
    const first = await open();
    expect(first.made).toBe(at("data/installation-key"));
    expect(statSync(at("data/installation-key")).mode & 0o777).toBe(0o600);
    expect(readdirSync(at("data"))).toEqual(["installation-key"]);
    const second = await open();
    expect(second.made).toBeUndefined();
    expect(second.sealer.keyId).toBe(first.sealer.keyId);
    expect(JSON.stringify(await recorded())).not.toContain(readFileSync(at("data/installation-key"), "utf8").trim());
  });

  it("uses the key or the key file in the settings, and makes no key", async () => {
    const key = newKey();
    const given = await open({ FLEETLOG_INSTALLATION_KEY: key });
    writeFileSync(at("key"), `${key}\n`, { mode: 0o600 });
    const named = await open({ FLEETLOG_INSTALLATION_KEY_FILE: at("key") });
    expect(named.sealer.keyId).toBe(given.sealer.keyId);
    expect(existsSync(at("data/installation-key"))).toBe(false);
  });

  it("refuses a key that is not the installation's, and changes nothing", async () => {
    const { sealer } = await open();
    const before = await recorded();
    const other = open({ FLEETLOG_INSTALLATION_KEY: newKey() });
    await expect(other).rejects.toThrow(/FLEETLOG_INSTALLATION_KEY is not this installation's key: its id is/);
    await expect(other).rejects.toThrow(sealer.keyId);
    expect(await recorded()).toEqual(before);
    expect((await open()).sealer.keyId).toBe(sealer.keyId);
  });

  it("makes no second key if the file of the installation's key is missing, and says what to do", async () => {
    await open();
    rmSync(at("data"), { recursive: true });
    await expect(open()).rejects.toThrow(
      /this installation has a key .* and there is none in .*installation-key; give it in FLEETLOG_INSTALLATION_KEY/,
    );
    expect(existsSync(at("data"))).toBe(false);
  });

  it("makes one key if eight nodes start together with one data folder", async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => open()));
    expect(new Set(all.map(({ sealer }) => sealer.keyId)).size).toBe(1);
    expect(all.filter(({ made }) => made !== undefined)).toHaveLength(1);
    expect(readdirSync(at("data"))).toEqual(["installation-key"]);
  });

  it("uses the key that another node makes and records during the look-up of the record", async () => {
    const { buckets } = backbone;
    const slow: Buckets = {
      async open(name, options) {
        const bucket = await buckets.open(name, options);
        const get: typeof bucket.get = async (key) => {
          await open();
          return bucket.get(key);
        };
        return new Proxy(bucket, { get: (target, name) => (name === "get" ? get : Reflect.get(target, name, target)) });
      },
    };
    const { made, sealer } = await openInstallation(settings(), slow);
    expect(made).toBeUndefined();
    expect(sealer.keyId).toBe((await open()).sealer.keyId);
  });

  it("makes one key if three nodes start together with own data folders; two of them fail", async () => {
    const folders = ["a", "b", "c"];
    const all = await Promise.allSettled(folders.map((name) => open({ FLEETLOG_DATA_DIR: at(name) })));
    expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(folders.filter((name) => existsSync(at(`${name}/installation-key`)))).toHaveLength(1);
  });

  it("says what to do if it can't write the key file", async () => {
    writeFileSync(at("file"), "");
    await expect(open({ FLEETLOG_DATA_DIR: at("file/data") })).rejects.toThrow(
      /no installation key is given, and one can't be made in .*; give it in FLEETLOG_INSTALLATION_KEY/,
    );
    expect(await recorded()).toEqual([]);
  });

  it("records the key's id again in a new log", async () => {
    const { sealer } = await open();
    await backbone.close();
    backbone = memoryBackbone();
    expect((await open()).sealer.keyId).toBe(sealer.keyId);
    expect(await recorded()).toHaveLength(1);
  });
});

describe("installationSettings", () => {
  it.each([
    ["short", "c2hvcnQ"],
    ["all zeros", "A".repeat(43)],
    ["a phrase", Buffer.from("please change me please change me").subarray(0, 32).toString("base64url")],
    ["of another format", `${newKey()}=`],
  ])("refuses a key that is %s, and does not show it", (_, key) => {
    expect(() => settings({ FLEETLOG_INSTALLATION_KEY: key })).toThrow(
      /^FLEETLOG_INSTALLATION_KEY can't be its value; it accepts 32 random bytes/,
    );
  });

  it.each([0o644, 0o604, 0o602])("refuses a key file that other users can read or write (%#)", (mode) => {
    mkdirSync(at("data"));
    for (const file of [at("data/installation-key"), at("key")]) {
      writeFileSync(file, newKey());
      chmodSync(file, mode);
    }
    expect(() => settings()).toThrow(/data\/installation-key is the installation key, and every user can read it/);
    chmodSync(at("data/installation-key"), 0o600);
    expect(() => settings({ FLEETLOG_INSTALLATION_KEY_FILE: at("key") })).toThrow(/chmod 600 .*key$/);
    chmodSync(at("key"), 0o440);
    expect(settings({ FLEETLOG_INSTALLATION_KEY_FILE: at("key") })).toMatchObject({ installationKeyFile: at("key") });
  });

  it("refuses a missing key file, a file without a key, and a key beside a key file", () => {
    expect(() => settings({ FLEETLOG_INSTALLATION_KEY_FILE: at("none") })).toThrow("does not exist");
    writeFileSync(at("key"), "default", { mode: 0o600 });
    expect(() => settings({ FLEETLOG_INSTALLATION_KEY_FILE: at("key") })).toThrow("must have 32 random bytes");
    const both = { FLEETLOG_INSTALLATION_KEY_FILE: at("key"), FLEETLOG_INSTALLATION_KEY: newKey() };
    expect(() => settings(both)).toThrow("give one of them");
  });
});
