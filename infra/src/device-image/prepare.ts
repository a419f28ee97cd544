import { stat } from "node:fs/promises";
import type { Entry } from "./files.ts";
import { type ImageOptions, kindOf } from "./options.ts";
import { folderPlace } from "./out/folder.ts";
import { imageFile } from "./out/image-file.ts";
import type { Place } from "./out/place.ts";
import type { Preparation } from "./preparation.ts";
import { readSettings } from "./settings.ts";
import { CMDLINE } from "./targets/boot-partition.ts";
import { TARGETS } from "./targets/index.ts";
import { wifi } from "./wifi.ts";

export interface Prepared {
  readonly place: Place;
  readonly entries: readonly Entry[];
  readonly warnings: readonly string[];
}

/**
 * Decides which files are written; writes nothing.
 *
 * @param programs the agent, and Node on request
 * @throws Error of one line that names the option
 */
export async function prepare(
  options: ImageOptions,
  programs: Preparation["programs"],
  wifiPassword: string | undefined,
): Promise<Prepared> {
  const { request, server, authority, ssid, country, hostname, sshKeys } = options;
  const target = TARGETS[options.target];
  const place = await placeOf(options);
  const start = readSettings({
    ...request,
    ...(server !== undefined && { server }),
    ...(authority !== undefined && { ca: target.authority }),
  });
  const entries = await target.entries(
    {
      start,
      programs,
      ...(authority !== undefined && { authority }),
      ...(ssid !== undefined && wifiPassword !== undefined && { wifi: wifi(ssid, wifiPassword, country) }),
      ...(hostname !== undefined && { hostname }),
      ...(sshKeys !== undefined && { sshKeys }),
    },
    place,
  );
  const locked = target.isSystem && sshKeys === undefined;
  const nobody = "without --ssh-key nobody can log in to the device: all its passwords are removed";
  return { place, entries, warnings: [...start.warnings, ...(locked ? [nobody] : [])] };
}

async function placeOf({ target, out }: ImageOptions): Promise<Place> {
  if ((await kindOf(out)) === "image") {
    if (TARGETS[target].isSystem) return imageFile(out, CMDLINE);
    throw new Error(`--out: ${out} is a file; for a ${target} it must be a folder`);
  }
  const isThere = await stat(out).then(
    () => true,
    () => false,
  );
  if (!isThere && (target === "raspios" || target === "debian"))
    throw new Error(`--out: there is no ${out}; is the card mounted?`);
  return folderPlace(out);
}
