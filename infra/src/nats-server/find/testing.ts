import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { PINNED } from "./version.ts";
import type { Machine } from "./way.ts";

/** A machine whose PATH has only the test's programs. */
export interface TestMachine extends Machine {
  readonly folder: string;
  readonly said: readonly string[];
  program(name: string, script: string): string;
  /** A program in a folder of this name, which is put at the end of the PATH. */
  programIn(folder: string, name: string, script: string): string;
  remove(): void;
}

export function testMachine(options: Partial<Pick<Machine, "platform" | "canInstall" | "signal">> = {}): TestMachine {
  const folder = mkdtempSync(join(tmpdir(), "fleetlog-find-"));
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const said: string[] = [];
  // Scripts find a shell's usual commands by COMMANDS. The search for nats-server uses only PATH.
  const env: NodeJS.ProcessEnv = { PATH: bin, COMMANDS: ["/usr/bin", "/bin"].join(delimiter) };
  const write = (path: string, script: string) => {
    writeFileSync(path, `#!/bin/sh\nPATH="$PATH:$COMMANDS"\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  };
  return {
    folder,
    said,
    env,
    platform: options.platform ?? "linux-x64",
    folders: [],
    cache: join(folder, "cache"),
    canInstall: options.canInstall ?? false,
    say: (line) => said.push(line),
    signal: options.signal ?? new AbortController().signal,
    program: (name, script) => write(join(bin, name), script),
    programIn(folderName, name, script) {
      const inPath = join(folder, folderName);
      mkdirSync(inPath, { recursive: true });
      if (!env.PATH?.split(delimiter).includes(inPath)) env.PATH += delimiter + inPath;
      return write(join(inPath, name), script);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export function serverScript(version: string = PINNED): string {
  return `echo "nats-server: v${version}"`;
}

export function zipOf(name: string, content: string): Buffer {
  const data = deflateRawSync(content);
  const entry = Buffer.from(name);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50);
  local.writeUInt16LE(entry.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50);
  central.writeUInt16LE(8, 10);
  central.writeUInt32LE(data.length, 20);
  central.writeUInt32LE(Buffer.byteLength(content), 24);
  central.writeUInt16LE(entry.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(local.length + entry.length + data.length, 16);
  return Buffer.concat([local, entry, data, central, entry, end]);
}
