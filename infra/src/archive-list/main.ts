import { resolve } from "node:path";
import { relistFolder } from "@fleetlog/history/archive";
import { readCommandLine } from "../../bootstrap/command-line.mjs";
import { archiveList } from "../../bootstrap/commands/archive-list.mjs";
import { failed } from "../system/failed.ts";

// npm run archive-list -- data/historian-historian/TELEMETRY: rebuilds the lost manifest of an archive.
try {
  const { positionals } = readCommandLine(process.argv.slice(2), archiveList);
  const [folder, ...others] = positionals;
  if (folder === undefined || others.length > 0) {
    throw new Error("name one folder: npm run archive-list -- data/historian-historian/TELEMETRY");
  }
  // npm starts this in the folder of the repository.
  const { parts, movedAway } = await relistFolder(resolve(process.env.INIT_CWD ?? process.cwd(), folder));
  const events = parts.reduce((sum, one) => sum + one.events, 0);
  const [from, to] = [parts[0]?.firstSeq ?? 0, parts.at(-1)?.lastSeq ?? 0];
  console.log(`listed ${parts.length} files with ${events} events of TELEMETRY, sequences ${from} to ${to}`);
  if (movedAway.length > 0) console.log(`moved into the folder damaged, not listed: ${movedAway.join(", ")}`);
} catch (error) {
  failed(error);
}
