/** @typedef {import("../command-line.mjs").Command} Command */

/** @type {Command} */
export const importHistory = {
  call: "npm run import-history",
  options: {
    to: { value: "./restored", expected: "a data folder, or the URL of a NATS server" },
    renumber: {},
    "dry-run": {},
  },
  positionals: "files of exports",
  help: `Brings an exported history (GET /api/history/export) into an installation that was never started.

  npm run import-history -- events.jsonl --dry-run              says what is in the file, and changes nothing
  npm run import-history -- events.jsonl --to ./restored        then: FLEETLOG_DATA_DIR=./restored npm start
  npm run import-history -- events.jsonl telemetry.jsonl        events of other streams, one file for each

  --to         the data folder of the installation, or the URL of its NATS server; unless given FLEETLOG_DATA_DIR or
               FLEETLOG_NATS_URL, or ./data
  --renumber   accepts a file that is not the whole of FLEET; its events then get sequences from 1
  --dry-run    changes nothing

Fleetlog must not run there; for a data folder the import starts nats-server itself. Run it again after an interruption: it
goes on where it was. Exit code: 0 if everything is there, 1 if the import could not go on, 130 if it was stopped.`,
};
