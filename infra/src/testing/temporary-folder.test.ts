import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { type Machine, temporaryFolder } from "./temporary-folder.ts";

const GIB = 1024 ** 3;
const MOUNTS = `/dev/vda / ext4 rw,relatime 0 0
tmpfs /dev/shm tmpfs rw,nosuid,nodev 0 0
tmpfs /run tmpfs rw 0 0
`;
const large: Machine = { chosen: undefined, mounts: MOUNTS, room: () => 8 * GIB, memory: 16 * GIB };

it("is in memory if there is enough memory", () => {
  expect(temporaryFolder(large)).toBe("/dev/shm");
});

it.each<[string, Partial<Machine>]>([
  ["TMPDIR names another", { chosen: "/data/tmp" }],
  ["there is no folder in memory", { mounts: "/dev/vda / ext4 rw 0 0\n" }],
  ["/dev/shm is on a disk", { mounts: "/dev/vdb /dev/shm ext4 rw 0 0\n" }],
  ["programs can't run there", { mounts: MOUNTS.replace("nodev", "nodev,noexec") }],
  ["a later mount hides it", { mounts: `${MOUNTS}tmpfs /dev/shm tmpfs rw,noexec 0 0\n` }],
  ["it is small, as in a container", { room: () => 64 * 1024 ** 2 }],
  ["memory is short", { memory: 6 * GIB }],
])("is the system's folder if %s", (_, machine) => {
  expect(temporaryFolder({ ...large, ...machine })).toBe(tmpdir());
});

it("is a folder of this machine", () => {
  expect(["/dev/shm", tmpdir()]).toContain(temporaryFolder());
});
