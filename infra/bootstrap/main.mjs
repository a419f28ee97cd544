// Runs on any Node from 20 on, before anything is installed: no dependency, no TypeScript.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { optionTakenByNpm, readCommandLine } from "./command-line.mjs";
import { commandOf } from "./commands.mjs";
import { install, installLock, installProblem, installReason, node24, run } from "./install.mjs";
import { oneAtATime } from "./one-at-a-time.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/**
 * Checks the command line, so that a typing error is reported before anything is installed. Then installs the packages
 * if they do not match the lock file, and runs the file with the Node 24 among them. Sets the exit code.
 * @param {readonly string[]} argv the file to run, from the root of the repository, and its arguments
 */
export async function main([entry, ...args]) {
  try {
    if (entry === undefined) throw new Error("name the file to run");
    const command = commandOf(entry);
    if (command !== undefined) {
      const taken = optionTakenByNpm(command, process.env);
      if (taken !== undefined) throw new Error(taken);
      if (readCommandLine(args, command).help) return console.log(command.help);
    }
    await installOnce();
    process.exitCode = await run(node24(root), [join(root, entry), ...args], {
      cwd: root,
      // The IPC channel closes when this process ends in any way, which tells the program to stop.
      stdio: ["inherit", "inherit", "inherit", "ipc"],
    });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

/** Two `npm ci` in the same folder would remove each other's files, so the second process waits for the first. */
async function installOnce() {
  if (installReason(root) === undefined) return;
  const waiting = () => console.log("Waiting for another process that installs packages in this folder.");
  await oneAtATime(installLock(root), waiting, async () => {
    const reason = installReason(root);
    if (reason === undefined) return;
    console.log(`Installing packages: ${reason}. This takes about a minute.`);
    await install(root);
  }).catch((error) => {
    throw installProblem(error);
  });
}
