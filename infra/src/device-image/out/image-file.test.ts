import { execFile } from "node:child_process";
import { mkdtemp, open, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findProgram } from "../../system/programs.ts";
import { file } from "../files.ts";
import { imageFile } from "./image-file.ts";
import { fatPartitions } from "./partitions.ts";

const run = promisify(execFile);
const MIB = 1_048_576;
const SECTORS = 16 * 2_048;
let folder: string;
let image: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fleetlog-card-"));
  image = join(folder, "card.img");
  await writeFile(image, "");
  await truncate(image, 40 * MIB);
});
afterEach(() => rm(folder, { recursive: true }));

async function writeAt(at: number, bytes: Uint8Array): Promise<void> {
  const handle = await open(image, "r+");
  await handle.write(bytes, 0, bytes.byteLength, at);
  await handle.close();
}

/** Writes an MBR. @param partitions the type of each, and its start in MiB */
async function mbr(partitions: readonly (readonly [type: number, start: number])[]): Promise<void> {
  const sector = Buffer.alloc(512);
  for (const [index, [type, start]] of partitions.entries()) {
    sector[446 + 16 * index + 4] = type;
    sector.writeUInt32LE(start * 2_048, 446 + 16 * index + 8);
    sector.writeUInt32LE(SECTORS, 446 + 16 * index + 12);
  }
  sector.writeUInt16BE(0x55aa, 510);
  await writeAt(0, sector);
}

async function gpt(starts: readonly number[]): Promise<void> {
  await mbr([[0xee, 0]]);
  const header = Buffer.alloc(512);
  header.write("EFI PART", "latin1");
  header.writeBigUInt64LE(2n, 72);
  header.writeUInt32LE(128, 80);
  header.writeUInt32LE(128, 84);
  await writeAt(512, header);
  const table = Buffer.alloc(128 * 128);
  for (const [index, start] of starts.entries()) table.writeBigUInt64LE(BigInt(start * 2_048), index * 128 + 32);
  await writeAt(1_024, table);
}

const format = (start: number) => run("mformat", ["-i", `${image}@@${start * MIB}`, "-T", String(SECTORS), "::"]);

describe.skipIf(findProgram("mformat") === undefined)("an image file (mtools)", () => {
  it("finds FAT partitions in an MBR and in a GPT, and a file system without a partition table", async () => {
    await mbr([
      [0x0c, 1],
      [0x83, 20],
    ]);
    await format(1);
    expect(await fatPartitions(image)).toEqual([MIB]);
    await gpt([1, 20]);
    await format(20);
    expect(await fatPartitions(image)).toEqual([MIB, 20 * MIB]);
    await format(0);
    expect(await fatPartitions(image)).toEqual([0]);
  });

  it("writes files and folders into the partition with the kernel's command line, also a second time", async () => {
    await mbr([
      [0x0c, 1],
      [0x0c, 20],
    ]);
    await format(1);
    await format(20);
    await writeFile(join(folder, "cmdline.txt"), "root=1\n");
    await run("mcopy", ["-i", `${image}@@${20 * MIB}`, join(folder, "cmdline.txt"), "::/"]);
    const place = await imageFile(image, "cmdline.txt");
    for (const content of ["first", "second"]) {
      await place.write([
        file("fleetlog/agent/agent.mjs", content),
        file("fleetlog/settings.json", "{}"),
        file("cmdline.txt", `${content} command line\n`),
      ]);
      expect(await place.read("fleetlog/agent/agent.mjs")).toBe(content);
      expect(await place.read("fleetlog/settings.json")).toBe("{}");
      expect(await place.read("cmdline.txt")).toBe(`${content} command line\n`);
    }
    await expect(run("mtype", ["-i", `${image}@@${MIB}`, "::/cmdline.txt"])).rejects.toThrow("not found");
  });

  it("refuses an image without a partition with the kernel's command line", async () => {
    await mbr([[0x0c, 1]]);
    await format(1);
    await expect(imageFile(image, "cmdline.txt")).rejects.toThrow(`--out: ${image} has no boot partition`);
  });
});
