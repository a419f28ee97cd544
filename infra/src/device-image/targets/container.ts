import { type Entry, file, ownFile, under } from "../files.ts";
import { startFiles } from "../payload.ts";
import type { Preparation } from "../preparation.ts";

export const CONTAINER_AUTHORITY = "/opt/fleetlog/authority.pem";

export function container({ start, programs, authority }: Preparation): Entry[] {
  return [
    ownFile("container/Dockerfile", "Dockerfile"),
    ownFile("container/start.sh", "start.sh"),
    ownFile("container/compose.yaml", "compose.yaml"),
    file(".dockerignore", "settings\n"),
    ...programs,
    ...(authority === undefined ? [] : [file("authority.pem", authority)]),
    ...under("settings", startFiles(start)),
  ];
}
