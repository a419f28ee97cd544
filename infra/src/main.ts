import { launch } from "./launch.ts";
import { ownParts } from "./launcher/own-parts.ts";

await launch(process.argv.slice(2), ownParts);
