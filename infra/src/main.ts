import { launch } from "./launch.ts";
import { ownProcesses } from "./launcher/own-processes.ts";
import { ensurePages } from "./pages/build.ts";

await launch(process.argv.slice(2), { processes: ownProcesses, prepare: ensurePages });
