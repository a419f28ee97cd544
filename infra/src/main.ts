import { launch } from "./launch.ts";
import { ownParts } from "./launcher/own-parts.ts";
import { ensurePages } from "./pages/build.ts";

await launch(process.argv.slice(2), { parts: ownParts, prepare: ensurePages });
