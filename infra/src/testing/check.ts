import { sayColoured } from "../system/terminal.ts";
import { runStaticChecks } from "./static-checks.ts";
import { summary } from "./tally.ts";

// npm run check
const tally = await runStaticChecks(sayColoured);
console.log(summary(tally));
process.exitCode = tally.failed === 0 ? 0 : 1;
