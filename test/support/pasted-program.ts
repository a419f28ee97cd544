import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface PastedProgram {
  output(): string;
  end(): Promise<void>;
}

const packages = fileURLToPath(new URL("../../node_modules", import.meta.url));

/**
 * Saves the code in an empty folder and runs it there, as a page instructs.
 * @param library the package to install first, linked from this repository
 */
export async function runPasted(code: string, library: string): Promise<PastedProgram> {
  const folder = await mkdtemp(join(tmpdir(), "fleetlog-pasted-"));
  await mkdir(join(folder, "node_modules"));
  await symlink(join(packages, library), join(folder, "node_modules", library));
  await writeFile(join(folder, "device.mjs"), code);
  return follow(spawn(process.execPath, ["device.mjs"], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] }), () =>
    rm(folder, { recursive: true }),
  );
}

function follow(child: ChildProcess, cleanup: () => Promise<void>): PastedProgram {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const exited = once(child, "exit");
  return {
    output: () => output,
    async end() {
      child.kill("SIGKILL");
      await exited;
      await cleanup();
    },
  };
}
