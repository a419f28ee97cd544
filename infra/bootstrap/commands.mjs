/**
 * An option of a command line.
 * @typedef {object} Option
 * @property {string} [value] what its value is, as an example shows it; absent when it takes none
 * @property {RegExp} [accepts] what a value looks like
 * @property {string} [acceptsInWords]
 */

/**
 * What can stand behind `npm start --` and its like.
 * @typedef {object} Command
 * @property {string} call how a person starts it
 * @property {Readonly<Record<string, Option>>} options by name, without dashes; `--help` and `-h` are everywhere
 * @property {string} [words] what words without dashes are; absent where there are none
 * @property {readonly (readonly [string, string])[]} [exclusive] pairs of options that make no sense together
 * @property {string} help
 */

/** @type {Command} */
const start = {
  call: "npm start",
  options: {
    fleet: { value: "500", accepts: /^\d{1,6}$/, acceptsInWords: "a number of devices, 0 to 100000" },
    "no-fleet": {},
  },
  exclusive: [["fleet", "no-fleet"]],
  help: `Starts the whole of Fleetlog on this machine: nats-server, a projector, a gateway, the reactors and simulated devices.

  npm start                     with a few simulated devices
  npm start -- --fleet 500      with 500 of them
  npm start -- --no-fleet       with none
  npm start -- --help           this text

Ctrl-C stops everything in order; the next start carries on with the data.

Settings are environment variables; the usual ones:

  FLEETLOG_HTTP_PORT=8080       HTTP API and WebSocket devices
  FLEETLOG_MQTT_PORT=1883       MQTT devices
  FLEETLOG_TLS_CERT=…           certificate; with FLEETLOG_TLS_KEY, HTTPS is on port 8443 and MQTT over TLS on 8883
  FLEETLOG_HOST=127.0.0.1       0.0.0.0 to be reached from other machines
  FLEETLOG_DATA_DIR=./data      everything that is kept
  FLEETLOG_ADMIN_TOKEN=…        sign-in token, instead of the one that is made
  FLEETLOG_NATS_URL=…           a NATS of yours, instead of one of its own
  FLEETLOG_LOG_LEVEL=info       debug shows the logs of all processes here
  NATS_SERVER_BIN=…             the nats-server program, when it is not on the PATH
  NO_COLOR=1                    no colours, which are only shown at a terminal anyway

All of them are in README.md. Logs are in the folder logs under the data folder.`,
};

/** @type {Command} */
const test = {
  call: "npm test",
  options: {},
  words: "parts of a test file's path",
  help: `Static checks, unit tests and tests on real servers, with one line that counts them at the end.

  npm test                      everything
  npm test -- sessions mqtt     the tests in files whose path has one of these words, without the static checks
  npm test -- --help            this text

What the tests need and this machine lacks (nats-server, mosquitto-clients, Chromium) is installed by apt-get where
this runs as root on Debian or Ubuntu; elsewhere the suites that need it are skipped, and that is said. All they write
is in one temporary folder, which goes at the end, or with the next run where this one was killed.`,
};

/** @type {Command} */
const bench = {
  call: "npm run bench",
  options: { quick: {}, only: { value: "rebuild" } },
  help: `Measures Fleetlog beside other programs, on this machine, in this run.

  npm run bench                       all, under five minutes
  npm run bench -- --quick            all but the UI, under one minute, with more noise
  npm run bench -- --only rebuild     those with this word in their names

One line a result on standard output; all of them also in bench-results/latest.json.`,
};

/** @type {Readonly<Record<string, Command>>} */
const commands = {
  "infra/src/main.ts": start,
  "infra/src/testing/main.ts": test,
  "test/bench/main.ts": bench,
};

/**
 * The command whose program a file is; undefined for one that takes no arguments.
 * @param {string} entry
 */
export function commandOf(entry) {
  return commands[entry];
}

export { bench, start, test };
