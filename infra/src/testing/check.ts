import { sayPainted } from "../system/terminal.ts";
import { runStaticChecks } from "./static-checks.ts";
import { summary } from "./tally.ts";

// npm run check
const tally = await runStaticChecks(sayPainted);
console.log(summary(tally));
process.exitCode = tally.failed === 0 ? 0 : 1;
