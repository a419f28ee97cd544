import { createHash, generateKeyPairSync } from "node:crypto";
import type * as Fs from "node:fs";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeEach, expect, it, vi } from "vitest";
import { writeIdentityFile } from "../identity/identity-file.ts";
import { download } from "../provisioning/download.ts";
import { IdentityFiles } from "../provisioning/identity.ts";
import { SettingsFile } from "../provisioning/settings.ts";
import { event } from "../store/contract/store.ts";
import { fileStore } from "../store/file-store.ts";
import { removeDurably } from "./durable.ts";

/** What a power cut would lose: the content of these files, and the names in these folders. */
const lost = vi.hoisted(() => ({
  files: new Set<string>(),
  folders: new Set<string>(),
  open: new Map<number, string>(),
}));

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof Fs>();
  const named = (path: unknown) => resolve(String(path));
  return {
    ...fs,
    mkdirSync(path: string, options: Fs.MakeDirectoryOptions) {
      const first = fs.mkdirSync(path, options);
      if (first !== undefined)
        for (let one = named(path); one !== dirname(named(first)); one = dirname(one)) lost.folders.add(dirname(one));
      return first;
    },
    openSync(path: string, flags: string, mode?: number) {
      const isNew = !fs.existsSync(path);
      const file = fs.openSync(path, flags, mode);
      lost.open.set(file, named(path));
      if (isNew) lost.folders.add(dirname(named(path)));
      if (flags === "w") lost.files.add(named(path));
      return file;
    },
    createWriteStream(path: string, options: object) {
      lost.files.add(named(path));
      lost.folders.add(dirname(named(path)));
      return fs.createWriteStream(path, options);
    },
    writeSync(file: number, bytes: Buffer, offset?: number) {
      lost.files.add(lost.open.get(file) ?? "");
      return fs.writeSync(file, bytes, offset);
    },
    fsyncSync(file: number) {
      lost.files.delete(lost.open.get(file) ?? "");
      lost.folders.delete(lost.open.get(file) ?? "");
      fs.fsyncSync(file);
    },
    renameSync(from: string, to: string) {
      fs.renameSync(from, to);
      lost.folders.add(dirname(named(to)));
      if (lost.files.delete(named(from))) lost.files.add(named(to));
    },
    rmSync(path: string, options: object) {
      fs.rmSync(path, options);
      lost.files.delete(named(path));
      lost.folders.add(dirname(named(path)));
    },
  };
});

const folder = mkdtempSync(join(tmpdir(), "fleetlog-durable-"));
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  lost.files.clear();
  lost.folders.clear();
});
const nothing = { files: [], folders: [] };
const lostNow = () => ({ files: [...lost.files], folders: [...lost.folders] });

it("a journal with sync has each line on the disk at once, and still has all lines after a rewrite", () => {
  const store = fileStore(join(folder, "new", "data", "store.jsonl"), { sync: true, compactAtBytes: 500 });
  expect(lostNow()).toEqual(nothing);
  for (let seq = 1; seq <= 20; seq++) {
    store.append(event(seq));
    expect(lostNow()).toEqual(nothing);
  }
  store.beginCommand("c1", "reboot");
  expect(lostNow()).toEqual(nothing);
  store.finishCommand({ id: "c1", ok: true, result: 1 }, "reboot");
  expect(lostNow()).toEqual(nothing);
  store.close();
  expect(lostNow()).toEqual(nothing);
});

it("a journal without sync has appended lines that are not on the disk yet", () => {
  const store = fileStore(join(folder, "plain.jsonl"));
  store.append(event(1));
  expect(lostNow().files).toEqual([join(folder, "plain.jsonl")]);
  store.close();
});

it("a device's credential, and the fact that it is provisioned, are on the disk before the call returns", () => {
  const files = new IdentityFiles(join(folder, "agent", "data"));
  files.keepPrepared({} as Parameters<IdentityFiles["keepPrepared"]>[0]);
  expect(lostNow()).toEqual(nothing);
  files.keepConfiguration({ a: 1 });
  expect(lostNow()).toEqual(nothing);
  files.keepIdentity({ device: "a", token: "t", url: "mqtt://h", request: "r" });
  expect(lostNow()).toEqual(nothing);
  files.dropPrepared();
  expect(lostNow()).toEqual(nothing);

  const path = join(folder, "settings.json");
  writeFileSync(path, JSON.stringify({ enabled: true, "ca-authentication": false, "broker-url": "mqtt://h" }));
  const settings = new SettingsFile(path);
  settings.markProvisioned();
  expect(lostNow()).toEqual(nothing);
  expect(settings.read()).toMatchObject({ enabled: false, provisioned: true });
});

it("a certificate with its key is on the disk before the call returns", () => {
  const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "pem", type: "pkcs8" });
  const path = join(folder, "identity.pem");
  writeIdentityFile(path, { cert: "", key: key.toString() });
  expect(lostNow()).toEqual(nothing);
  removeDurably(path);
  expect(lostNow()).toEqual(nothing);
});

it("a bundle is on the disk before its download resolves", async () => {
  const bytes = Buffer.from("the application");
  const server = createServer((_, response) => response.end(bytes)).listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const bundle = { name: "app", version: "1", url, sha256, size: bytes.length };
  await download(bundle, join(folder, "bundles", "app-1"), { tls: {}, proxy: undefined, timeoutMs: 5_000 });
  expect(lostNow()).toEqual(nothing);
  server.close();
});
