// Runs on any Node from 20 on, before anything is installed: no dependency, no TypeScript.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { npmTook, readCommandLine } from "./command-line.mjs";
import { commandOf } from "./commands.mjs";
import { install, node24, run, whyInstall } from "./install.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/**
 * Reads the command line first, since nobody wants to wait for packages to be told of a slip; then installs them where
 * they are missing or older than the lock file; then runs the file with the Node 24 among them. Sets the exit code.
 * @param {readonly string[]} argv the file to run, from the root of the repository, and its arguments
 */
export async function main([entry, ...args]) {
  try {
    if (entry === undefined) throw new Error("name the file to run");
    const command = commandOf(entry);
    if (command !== undefined) {
      const taken = npmTook(command, process.env);
      if (taken !== undefined) throw new Error(taken);
      if (readCommandLine(args, command).help) return console.log(command.help);
    }
    const why = whyInstall(root);
    if (why !== undefined) {
      console.log(`Installing packages: ${why}. This takes about a minute.`);
      await install(root);
    }
    process.exitCode = await run(node24(root), [join(root, entry), ...args], {
      cwd: root,
      // The program sees by its channel when this process is gone, however that came.
      stdio: ["inherit", "inherit", "inherit", "ipc"],
    });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
