/** @typedef {import("../command-line.mjs").Command} Command */

/** @type {Command} */
export const bench = {
  call: "npm run bench",
  options: {
    quick: {},
    only: { value: "rebuild" },
    events: { value: "1000000", accepts: /^[1-9]\d{0,8}$/, expected: "a number of events" },
  },
  positionals: "a part of the names of the measures to run",
  help: `Measures Fleetlog and other programs on this machine, in the same run.

  npm run bench                       all, under five minutes
  npm run bench -- --quick            all but the UI, under one minute, with more noise
  npm run bench -- --only rebuild     only the measures whose name contains this word; --only may be left out
  npm run bench -- history --events 10000000   with this number of events, in measures that allow it

Prints one line for each result, and writes all results to bench-results/latest.json.`,
};
