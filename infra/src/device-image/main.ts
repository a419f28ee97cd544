import { image } from "../../bootstrap/commands/image.mjs";
import { failed } from "../system/failed.ts";
import { sayColoured } from "../system/terminal.ts";
import { agentFiles } from "./bundle.ts";
import { listing, secretsText } from "./listing.ts";
import { nodeFiles } from "./node-program.ts";
import { type ImageOptions, readOptions } from "./options.ts";
import { prepare } from "./prepare.ts";
import { askHidden } from "./prompt.ts";
import { TARGETS } from "./targets/index.ts";

// npm run image -- --for … --out … --request …: prepares a device's card or image file.
try {
  await main(await readOptions(process.argv.slice(2)));
} catch (error) {
  failed(error);
}

async function main(options: ImageOptions): Promise<void> {
  const password = await wifiPassword(options);
  // Bundling takes a few seconds: everything else is checked first.
  await prepare(options, [], password);
  const node = options.board === undefined ? [] : await nodeFiles(options.board, sayColoured);
  const { place, entries, warnings } = await prepare(options, [...(await agentFiles()), ...node], password);
  const { isSystem, next } = TARGETS[options.target];
  for (const warning of warnings) sayColoured(` ! ${warning}`);
  if (options.dryRun) {
    sayColoured(`   this would be written to ${place.name}:`);
    for (const line of listing(entries)) sayColoured(line);
    return;
  }
  await place.write(entries).catch((error: Error) => {
    throw new Error(`--out: ${place.name} can't be written: ${error.message}`);
  });
  for (const line of listing(entries)) sayColoured(line);
  const until = isSystem ? "before its first start" : "folder";
  sayColoured(` ! ${secretsText(entries, isSystem ? `card ${until}` : until)}`);
  sayColoured(` ✓ written to ${place.name}. Next: ${next}`);
}

async function wifiPassword({ ssid, wifiPassword: given, dryRun }: ImageOptions): Promise<string | undefined> {
  if (ssid === undefined || given !== undefined) return given;
  if (dryRun) return "not-asked-for";
  return askHidden(`Password of the Wi-Fi network ${ssid}: `, `--wifi-password <file>; ${image.call} -- --help`);
}
