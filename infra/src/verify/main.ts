import { createReadStream, statSync } from "node:fs";
import { resolve } from "node:path";
import { plain, Refusal, reportOf, verifyBundle } from "@fleetlog/history/incidents";
import { readCommandLine } from "../../bootstrap/command-line.mjs";
import { verify } from "../../bootstrap/commands/verify.mjs";

const REFUSED = 1;
const NOT_READ = 2;

// npm run verify -- incident.fleetlog [--timeline] [--key <public key>]: checks the file of an incident, on any machine.
try {
  const { options, positionals } = readCommandLine(process.argv.slice(2), verify);
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) throw new Error("name one bundle: npm run verify -- incident.fleetlog");
  const { key } = options;
  // npm starts this in the folder of the repository.
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), file);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) throw new Error(`there is no file ${path}`);
  const verified = await verifyBundle(createReadStream(path), typeof key === "string" ? key : undefined);
  console.log(reportOf(verified, { timeline: options.timeline === true, isKeyGiven: key !== undefined }));
} catch (error) {
  const isRefusal = error instanceof Refusal;
  const message = error instanceof Error ? error.message : String(error);
  console.error(plain(isRefusal ? `refused: ${message}` : message));
  process.exitCode = isRefusal ? REFUSED : NOT_READ;
}
