import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { findProgram } from "./programs.ts";
import { visible } from "./terminal.ts";

export function canAptInstall(): boolean {
  return process.platform === "linux" && process.getuid?.() === 0 && findProgram("apt-get") !== undefined;
}

/** Installs without prompts. Resolves to whether apt-get succeeded; never rejects. */
export async function aptInstall(
  packageName: string,
  say: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<boolean> {
  if (await aptInstallKnown(packageName, say, env)) return true;
  say("apt-get update …");
  if ((await aptGet(["update"], say, env)) !== 0) return false;
  return aptInstallKnown(packageName, say, env);
}

/** Like {@link aptInstall}, but only from the lists of packages that this system has already. */
export async function aptInstallKnown(
  packageName: string,
  say: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<boolean> {
  say(`apt-get install ${packageName} …`);
  return (await aptGet(["install", "-y", "--no-install-recommends", packageName], say, env)) === 0;
}

function aptGet(args: readonly string[], say: (line: string) => void, env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn("apt-get", ["-q", ...args], {
      env: { ...env, DEBIAN_FRONTEND: "noninteractive" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (/^(?:Get:|Unpacking|Setting up)/.test(line)) say(`  ${visible(line)}`);
    });
    createInterface({ input: child.stderr }).on("line", (line) => {
      if (line.startsWith("E:")) say(`  ${visible(line)}`);
    });
    child.once("error", () => resolve(1));
    child.once("close", (code) => resolve(code ?? 1));
  });
}
