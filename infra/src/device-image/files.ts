import { join } from "node:path";
import { root } from "../system/root.ts";

/** A file to write; its path is relative to the output folder. */
export interface DeviceFile {
  readonly path: string;
  readonly content: string | Uint8Array | { readonly copy: string };
  readonly mode: number;
  /** Why others must not read the file. */
  readonly secret?: string;
}

/** A symbolic link to write. */
export interface DeviceLink {
  readonly path: string;
  readonly link: string;
}

export type Entry = DeviceFile | DeviceLink;

export function file(path: string, content: DeviceFile["content"], mode = 0o644): DeviceFile {
  return { path, content, mode };
}

export function secretFile(path: string, content: string, secret: string): DeviceFile {
  return { path, content, mode: 0o600, secret };
}

export function ownFile(name: string, path: string, mode = 0o644): DeviceFile {
  return file(path, { copy: join(root, "infra/device", name) }, mode);
}

export function under(folder: string, entries: readonly Entry[]): Entry[] {
  return entries.map((entry) => ({ ...entry, path: join(folder, entry.path) }));
}
