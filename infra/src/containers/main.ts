import { readCommandLine } from "../../bootstrap/command-line.mjs";
import { images } from "../../bootstrap/commands/images.mjs";
import { failed } from "../system/failed.ts";
import { sayColoured } from "../system/terminal.ts";
import { prepareContainers } from "./prepare.ts";

// npm run images [-- --tag fleetlog]: builds Fleetlog's image. Without a registry, also builds the base image and
// nats-server's image.
try {
  const { options } = readCommandLine(process.argv.slice(2), images);
  const tag = String(options.tag ?? "fleetlog");
  const built = await prepareContainers({ say: sayColoured, tag, start: false, atEnd: () => undefined });
  if ("why" in built) {
    sayColoured(` ✗ ${built.why}`);
    process.exitCode = 1;
  } else {
    sayColoured(` ✓ the image ${built.image} is built. With compose.yaml:`);
    console.log(`   FLEETLOG_IMAGE=${built.image} NATS_IMAGE=${built.natsImage}`);
  }
} catch (error) {
  failed(error);
}
