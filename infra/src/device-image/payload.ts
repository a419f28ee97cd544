import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type DeviceFile, file, ownFile, secretFile } from "./files.ts";
import type { Preparation } from "./preparation.ts";
import type { DeviceStart } from "./settings.ts";
import { wifiFiles } from "./wifi.ts";

export const AUTHORITY = "authority.pem";

export function startFiles({ settings, identity }: DeviceStart): DeviceFile[] {
  const secret = "the password or token with which the device logs in";
  const written = (name: string, value: object) => secretFile(name, `${JSON.stringify(value, undefined, 2)}\n`, secret);
  return [written("settings.json", settings), ...(identity === undefined ? [] : [written("identity.json", identity)])];
}

export function payload({ start, programs, authority, wifi, hostname, sshKeys }: Preparation): DeviceFile[] {
  const files = [
    ownFile("first-boot.sh", "first-boot.sh", 0o755),
    ownFile("fleetlog-agent.service", "fleetlog-agent.service"),
    ownFile("sshd.conf", "sshd.conf"),
    ownFile("dropbear", "dropbear"),
    ...programs,
    ...startFiles(start),
    ...(authority === undefined ? [] : [file(AUTHORITY, authority)]),
    ...(wifi === undefined ? [] : wifiFiles(wifi)),
    ...(hostname === undefined ? [] : [file("hostname", `${hostname}\n`), ownFile("cloud.cfg", "cloud.cfg")]),
    ...(sshKeys === undefined ? [] : [file("authorized_keys", sshKeys)]),
  ];
  return [...files, file("SHA256SUMS", sums(files))];
}

/** Hashes of all files except the secrets, because first-boot.sh removes those first. */
function sums(files: readonly DeviceFile[]): string {
  const lines = files.filter(({ secret }) => secret === undefined).map((each) => `${digest(each)}  ${each.path}\n`);
  return lines.join("");
}

function digest({ content }: DeviceFile): string {
  const bytes = typeof content === "object" && "copy" in content ? readFileSync(content.copy) : content;
  return createHash("sha256").update(bytes).digest("hex");
}
