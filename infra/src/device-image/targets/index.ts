import type { Entry } from "../files.ts";
import type { Place } from "../out/place.ts";
import { AUTHORITY } from "../payload.ts";
import type { Preparation } from "../preparation.ts";
import { bootPartition, CMDLINE } from "./boot-partition.ts";
import { CONTAINER_AUTHORITY, container } from "./container.ts";
import { rootPartition } from "./root-partition.ts";

/** A kind of system that can be prepared. */
export interface Target {
  readonly authority: string;
  /** A board's own system has Wi-Fi, a host name and log-in; a container has none. */
  readonly isSystem: boolean;
  readonly lacksNode: boolean;
  readonly next: string;
  /** @throws Error if the place is not for this target */
  entries(preparation: Preparation, place: Place): Promise<Entry[]>;
}

const BOARD = {
  authority: AUTHORITY,
  isSystem: true,
  lacksNode: false,
  next: "unmount the card, or write the image to one, and start the device: it restarts once, and then connects",
} as const;

export const TARGETS = {
  raspios: {
    ...BOARD,
    lacksNode: true,
    async entries(preparation, place) {
      const cmdline = await place.read(CMDLINE);
      if (cmdline === undefined) throw notABootPartition(place, "the boot partition of a card with Raspberry Pi OS");
      return bootPartition(preparation, cmdline, "/boot/firmware");
    },
  },
  debian: {
    ...BOARD,
    async entries(preparation, place) {
      const cmdline = await place.read(CMDLINE);
      if (cmdline !== undefined) return bootPartition(preparation, cmdline, "/boot/firmware");
      if ((await place.read("etc/os-release")) !== undefined) return rootPartition(preparation);
      throw notABootPartition(place, "a boot partition, or the root folder of a Debian system (with etc/os-release)");
    },
  },
  yocto: {
    ...BOARD,
    next:
      "put the folder over the image's root file system (owned by root), or write the card, and start the device: " +
      "it restarts once, and then connects",
    async entries(preparation, place) {
      const cmdline = await place.read(CMDLINE);
      return cmdline === undefined ? rootPartition(preparation) : bootPartition(preparation, cmdline, "/boot");
    },
  },
  container: {
    authority: CONTAINER_AUTHORITY,
    isSystem: false,
    lacksNode: false,
    next: "copy the folder to the machine, and run in it: sudo chown -R 1000 settings; docker compose up --build --detach",
    entries: async (preparation) => container(preparation),
  },
} as const satisfies Readonly<Record<string, Target>>;
export type TargetName = keyof typeof TARGETS;

function notABootPartition({ name }: Place, expected: string): Error {
  return new Error(`--out: ${name} has no ${CMDLINE}; it must be ${expected}`);
}
