import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { file } from "./files.ts";
import type { ImageOptions } from "./options.ts";
import { prepare } from "./prepare.ts";

const SECRETS = ["secret-1", "correct horse"];
const PROGRAMS = [file("agent/fleetlog-agent.mjs", "the agent")];
const CMDLINE = "console=tty1 root=PARTUUID=1-02 rootwait\n";
let out: string;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), "fleetlog-prepare-"));
});
afterEach(() => rm(out, { recursive: true }));

const optionsOf = (target: ImageOptions["target"], more: Partial<ImageOptions> = {}): ImageOptions => ({
  target,
  out,
  request: { name: "request.json", text: '{"clientId":"a","userName":"b","password":"secret-1"}' },
  server: "mqtts://fleet.example:8883",
  authority: "the authority\n",
  dryRun: false,
  ...more,
});
const BOARD = { ssid: "hall", country: "DE", hostname: "pump-7", sshKeys: "ssh-ed25519 AAAA me\n" };

async function write(options: ImageOptions): Promise<readonly string[]> {
  const { place, entries, warnings } = await prepare(options, PROGRAMS, "correct horse");
  await place.write(entries);
  return warnings;
}
const files = async () =>
  (await readdir(out, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(out.length + 1))
    .sort();
const text = (path: string) => readFile(join(out, path), "utf8");
const modeOf = async (path: string) => (await stat(join(out, path))).mode & 0o777;

const PAYLOAD = [
  "SHA256SUMS",
  "agent/fleetlog-agent.mjs",
  "authority.pem",
  "authorized_keys",
  "cloud.cfg",
  "dropbear",
  "first-boot.sh",
  "fleetlog-agent.service",
  "hostname",
  "settings.json",
  "sshd.conf",
  "wifi/interfaces",
  "wifi/networkd",
  "wifi/networkmanager",
  "wifi/wpa_supplicant",
];
const SECRET_FILES = ["settings.json", "wifi/networkmanager", "wifi/wpa_supplicant"];

describe.each([
  ["raspios", "/boot/firmware"],
  ["debian", "/boot/firmware"],
  ["yocto", "/boot"],
] as const)("%s with a boot partition", (target, mountedAt) => {
  it("gets the files, and starts the script from the system's mount point", async () => {
    await writeFile(join(out, "cmdline.txt"), CMDLINE);
    expect(await write(optionsOf(target, BOARD))).toEqual([]);
    expect(await files()).toEqual(["cmdline.txt", ...PAYLOAD.map((path) => `fleetlog/${path}`)]);
    expect(await text("cmdline.txt")).toContain(` systemd.run=${mountedAt}/fleetlog/first-boot.sh `);
    expect(JSON.parse(await text("fleetlog/settings.json"))).toEqual({
      enabled: true,
      provisioned: false,
      "client-id": "a",
      username: "b",
      password: "secret-1",
      "broker-url": "mqtts://fleet.example:8883",
      ca: "authority.pem",
    });
    expect(await modeOf("fleetlog/first-boot.sh")).toBe(0o755);
    for (const path of SECRET_FILES) expect(await modeOf(`fleetlog/${path}`)).toBe(0o600);
  });

  it("has no secret in a file that others may read, nor among the checksums", async () => {
    await writeFile(join(out, "cmdline.txt"), CMDLINE);
    await write(optionsOf(target, BOARD));
    for (const path of await files()) {
      if ((await modeOf(path)) === 0o600) continue;
      for (const secret of [...SECRETS, "psk="]) expect(await text(path), path).not.toContain(secret);
    }
    const sums = await text("fleetlog/SHA256SUMS");
    for (const path of SECRET_FILES) expect(sums).not.toContain(path);
    expect(sums).toMatch(/^[\da-f]{64} {2}agent\/fleetlog-agent\.mjs$/m);
  });

  it("can be prepared again", async () => {
    await writeFile(join(out, "cmdline.txt"), CMDLINE);
    await write(optionsOf(target, BOARD));
    const before = await text("cmdline.txt");
    await write(optionsOf(target, { ...BOARD, hostname: "pump-8" }));
    expect(await text("cmdline.txt")).toBe(before);
    expect(await text("fleetlog/hostname")).toBe("pump-8\n");
  });
});

describe.each([
  ["debian", ["etc/os-release"]],
  ["yocto", []],
] as const)("%s with a root file system", (target, there) => {
  it("gets the files, and a unit that starts the script", async () => {
    await mkdir(join(out, "etc"));
    for (const path of there) await writeFile(join(out, path), "");
    await write(optionsOf(target));
    const payload = PAYLOAD.filter((path) => !/^(?:wifi|hostname|cloud|authorized)/.test(path));
    const unit = "etc/systemd/system/fleetlog-first-boot.service";
    const wanted = "etc/systemd/system/multi-user.target.wants/fleetlog-first-boot.service";
    const expected = [...there, unit, wanted, ...payload.map((path) => `opt/fleetlog/first-boot/${path}`)];
    expect(await files()).toEqual(expected.sort());
    expect(await readlink(join(out, wanted))).toBe(`/${unit}`);
    expect(await text(unit)).toContain("ExecStart=/bin/sh /opt/fleetlog/first-boot/first-boot.sh");
  });
});

it("writes a folder for Docker Compose, and keeps the settings out of its image", async () => {
  await write(optionsOf("container"));
  const expected = [".dockerignore", "Dockerfile", "agent/fleetlog-agent.mjs", "authority.pem", "compose.yaml"];
  expect(await files()).toEqual([...expected, "settings/settings.json", "start.sh"]);
  expect(await text(".dockerignore")).toBe("settings\n");
  expect(await modeOf("settings/settings.json")).toBe(0o600);
  const { ca } = JSON.parse(await text("settings/settings.json"));
  expect(ca).toBe("/opt/fleetlog/authority.pem");
});

it("writes a registered device's identity to a file that only its owner can read", async () => {
  const request = { name: "device.json", text: '{"id":"pump-7","token":"secret-1"}' };
  await write(optionsOf("yocto", { request }));
  const { identity, settings } = {
    identity: "opt/fleetlog/first-boot/identity.json",
    settings: "opt/fleetlog/first-boot/settings.json",
  };
  expect(JSON.parse(await text(identity))).toMatchObject({ device: "pump-7", token: "secret-1" });
  expect(await modeOf(identity)).toBe(0o600);
  expect(await text(settings)).not.toContain("secret-1");
});

it("warns when nobody will be able to log in", async () => {
  expect(await write(optionsOf("yocto"))).toEqual([expect.stringContaining("without --ssh-key nobody can log in")]);
});

it("runs the agent with a watchdog and without privileges", async () => {
  await write(optionsOf("yocto"));
  const unit = await text("opt/fleetlog/first-boot/fleetlog-agent.service");
  for (const line of ["Type=notify", "NotifyAccess=all", "WatchdogSec=90", "Restart=always", "User=fleetlog"])
    expect(unit.split("\n")).toContain(line);
});

it.each([
  ["raspios", "the boot partition of a card with Raspberry Pi OS"],
  ["debian", "a boot partition, or the root folder of a Debian system"],
] as const)("refuses a folder that is not %s, and writes nothing", async (target, expected) => {
  await expect(write(optionsOf(target))).rejects.toThrow(`--out: ${out} has no cmdline.txt; it must be ${expected}`);
  await expect(write(optionsOf(target, { out: join(out, "none") }))).rejects.toThrow("is the card mounted?");
  expect(await files()).toEqual([]);
});
