// node infra/bootstrap/run.mjs <file.ts> [arguments]: installs the packages where they are missing or older than the
// lock file, then runs the file with the Node 24 that came with them.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { install, node24, run, whyInstall } from "./install.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

try {
  const [entry, ...args] = process.argv.slice(2);
  if (entry === undefined) throw new Error("name the file to run");
  const why = whyInstall(root);
  if (why !== undefined) {
    console.log(`Installing packages: ${why}.`);
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
