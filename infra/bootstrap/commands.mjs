/**
 * An option of a command line.
 * @typedef {object} Option
 * @property {string} [value] an example of its value; absent for an option that takes none
 * @property {RegExp} [accepts] pattern of a valid value
 * @property {string} [expected] what a valid value is, in words
 */

/**
 * A command, such as `npm start`, and the arguments that it takes.
 * @typedef {object} Command
 * @property {string} call the command as a person types it
 * @property {Readonly<Record<string, Option>>} options by name, without dashes; every command also takes `--help` and `-h`
 * @property {string} [positionals] what its positional arguments are; absent if it takes none
 * @property {readonly (readonly [string, string])[]} [exclusive] pairs of options of which only one can be given
 * @property {string} help
 */

/** @type {Command} */
const start = {
  call: "npm start",
  options: {
    fleet: { value: "500", accepts: /^(?:\d{1,6}|older)$/, expected: "a number of devices, 0 to 100000, or older" },
    "no-fleet": {},
  },
  exclusive: [["fleet", "no-fleet"]],
  help: `Starts all of Fleetlog on this machine: nats-server, a projector, a gateway, the reactors, a historian and simulated devices.

  npm start                     with a few simulated devices
  npm start -- --fleet 500      with 500 of them
  npm start -- --no-fleet       with none
  npm start -- --fleet older    with simulated devices of older systems, too
  npm start -- --help           this text

Ctrl-C stops everything in order; the next start uses the same data.

Settings are environment variables; the usual ones:

  FLEETLOG_HTTP_PORT=8080       HTTP API and WebSocket devices
  FLEETLOG_MQTT_PORT=1883       MQTT devices
  FLEETLOG_TLS_CERT=…           certificate; with FLEETLOG_TLS_KEY, HTTPS is on port 8443 and MQTT over TLS on 8883
  FLEETLOG_HOST=127.0.0.1       address to listen on; 0.0.0.0 admits other machines
  FLEETLOG_DATA_DIR=./data      where all data is stored
  FLEETLOG_ADMIN_TOKEN=…        sign-in token, instead of a generated one
  FLEETLOG_NATS_URL=…           an existing NATS server, instead of a new one
  FLEETLOG_LOG_LEVEL=info       debug shows the logs of all processes here
  NATS_SERVER_BIN=…             the nats-server program, instead of one that is found or fetched
  NO_COLOR=1                    no colours (there are none outside a terminal anyway)

All of them are in README.md. Logs are in the folder logs under the data folder.`,
};

/** @type {Command} */
const test = {
  call: "npm test",
  options: { "start-engine": {} },
  positionals: "parts of a test file's path",
  help: `Runs static checks, unit tests and tests on real servers; the last line counts the results.

  npm test                      everything
  npm test -- sessions mqtt     only the test files whose path contains one of these words, without static checks
  npm test -- --start-engine    starts a Docker engine for the tests in containers, if none answers
  npm test -- --help            this text

nats-server is found or fetched as by npm start. Other missing programs that the tests need (mosquitto-clients, Chromium)
are installed with apt-get when this runs as root on Debian or Ubuntu; elsewhere the suites that need them are reported
as skipped. Where the system's own nats-server is older, the tests of the log run once more on it. Tests in containers
need a Docker engine: with --start-engine, root on Debian or Ubuntu installs and starts one for them. Tests write to one
temporary folder, which is removed at the end, or by the next run if this one is killed.`,
};

/** @type {Command} */
const bench = {
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

/** @type {Command} */
const images = {
  call: "npm run images",
  options: { tag: { value: "fleetlog:1.0", accepts: /^[a-z0-9][\w./:-]*$/, expected: "the name of an image" } },
  help: `Builds the container image, with a Docker engine that runs on this machine.

  npm run images                        as fleetlog
  npm run images -- --tag fleetlog:1.0  under another name

Where no registry of images can be reached, root on Debian or Ubuntu also builds the base image and an image of
nats-server, from Debian's packages, the Node 24 of this repository, and the nats-server that npm start uses.`,
};

/** @type {Command} */
const image = {
  call: "npm run image",
  options: {
    for: {
      value: "raspios",
      accepts: /^(?:raspios|debian|yocto|container)$/,
      expected: "raspios, debian, yocto or container",
    },
    out: { value: "/media/me/bootfs", expected: "a folder or an image file" },
    request: { value: "request.json", expected: "a file" },
    server: { value: "mqtts://fleet.example:8883", accepts: /^\w+:\/\/\S+$/, expected: "a URL" },
    authority: { value: "fleetlog-ca.pem", expected: "a file" },
    wifi: { value: "hall-2", accepts: /^./, expected: "the name of a network" },
    "wifi-password": { value: "password.txt", expected: "a file that has the password" },
    "wifi-country": { value: "DE", accepts: /^[A-Z]{2}$/, expected: "two capital letters" },
    hostname: {
      value: "pump-7",
      accepts: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
      expected: "1 to 63 lower-case letters, digits and hyphens",
    },
    "ssh-key": { value: "~/.ssh/id_ed25519.pub", expected: "a file with public keys" },
    node: {
      value: "linux-arm64",
      accepts: /^(?:linux-(?:arm64|armv7l|x64)|none)$/,
      expected: "linux-arm64, linux-armv7l, linux-x64 or none",
    },
    "dry-run": {},
  },
  help: `Prepares a device: writes everything to its card or image file that it needs to connect without manual steps.

  npm run image -- --for raspios --out /media/me/bootfs --request request.json \\
    --server mqtts://fleet.example:8883 --authority fleetlog-ca.pem --wifi hall-2 --wifi-country DE --ssh-key ~/.ssh/id_ed25519.pub

  --for             raspios (Raspberry Pi OS 12 and newer), debian (11 and newer), yocto (with systemd), or container
  --out             raspios: the mounted boot partition, or an image file; debian: the same, or the mounted root partition;
                    yocto: the same, or a new folder to put over the root file system; container: a new folder
  --request         a JSON file: the body of POST /api/provision-requests and its answer in one object, or the settings of
                    the agent, or the answer of POST /api/devices
  --server          where the device connects to: mqtts://host, wss://host/device, mqtt:// or ws://; needed unless the
                    settings have it
  --authority       the server's authority, as PEM: curl -s -o fleetlog-ca.pem http://<gateway>:8080/api/authority
  --wifi            name of a Wi-Fi network with WPA2
  --wifi-password   file with its password; without it you are asked. Only a key derived from it is written
  --wifi-country    where the device is used
  --hostname        the device's host name; unless given it stays as it is
  --ssh-key         who may log in; all passwords of the system are removed
  --node            which Node to include, fetched from npm. Default: linux-arm64 for raspios, otherwise none. Without one, the
                    system must have Node 18 or newer
  --dry-run         lists the files, and writes nothing

The device installs everything at its first start, without a network, and restarts.`,
};

/** @type {Command} */
const importFrom = {
  call: "npm run import-from",
  options: {
    tpedm: { value: "devices.csv", expected: "a CSV file" },
    libpyiotcloud: { value: "export.json", expected: "a file of mongoexport" },
    url: { value: "https://fleet.example", accepts: /^https?:\/\/[^\s/]+\/?$/, expected: "the address of Fleetlog" },
    "key-file": { value: "api-key.txt", expected: "a file that has the API key" },
    account: { value: "plant-2", accepts: /^[A-Za-z0-9][\w-]{0,63}$/, expected: "the id of an account" },
    authority: { value: "ca.crt", expected: "a file with certificates" },
    links: { value: "links.jsonl", expected: "a file to write to" },
    report: { value: "import-report.jsonl", expected: "a file to write to" },
    "dry-run": {},
  },
  exclusive: [["tpedm", "libpyiotcloud"]],
  help: `Imports devices and people of an older system, through the HTTP API of a running Fleetlog.

  npm run import-from -- --tpedm devices.csv --dry-run          says what would be created, and changes nothing
  npm run import-from -- --tpedm devices.csv                    devices keep their client ids, user names and passwords
  cat profiles.json devices.json > export.json
  npm run import-from -- --libpyiotcloud export.json --authority ca.crt

  --tpedm           a CSV file; its first line names the columns: clientid, username, password; and id, name, tags if there are any
  --libpyiotcloud   what mongoexport wrote of the collections profiles and devices: one document a line, or an array
  --url             the address of Fleetlog; unless given http://127.0.0.1:8080
  --key-file        a file that has an API key; without it the key is the variable IMPORT_API_KEY
  --account         an account that exists, for everything in the file. Without it, devices of TPEDM get the account of the key,
                    and each person of libpyiotcloud an account of their own, for which the key must be an administrator's
  --authority       the authority that has signed the certificates of libpyiotcloud's devices (PEM)
  --links           a file for one-time links with which people set their passwords, if no mail server is set
  --report          a file with one line of JSON for each record; unless given import-report.jsonl
  --dry-run         changes nothing

Run it again after an interruption: existing devices and people stay as they are. Exit code: 0 if everything is there, 2 if records
were refused, 1 if the import could not go on, 130 if it was stopped.`,
};

/** @type {Command} */
const importHistory = {
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

/** @type {Command} */
const verify = {
  call: "npm run verify",
  options: {
    timeline: {},
    key: {
      value: "Ik5cAQ3kbR3Tt0wYOmOg8n6qNqFq5nnJ5Rzq0JvVx2E",
      accepts: /^[\w-]{43}$/,
      expected: "43 characters of base64url",
    },
  },
  positionals: "a bundle",
  help: `Checks the file of an incident, on any machine with this repository, without the network.

  npm run verify -- incident.fleetlog               checks its signature and proofs, and runs the projections again
  npm run verify -- incident.fleetlog --timeline    also prints what happened, in the order of time
  npm run verify -- incident.fleetlog --key …       refuses a file that another installation has signed

  --key             the public key: "key" of GET /api/history/marks

Exit code: 0 if the file is right, 1 if it is refused, 2 if it can't be read.`,
};

/** @type {Command} */
const archiveList = {
  call: "npm run archive-list",
  options: {},
  positionals: "a folder",
  help: `Rebuilds the manifest.json of a historian's archive of telemetry from its files, after it was lost or damaged.

  npm run archive-list -- data/historian-historian/TELEMETRY

Stop the historian first. All files of the folder are read. Those that can't be read, and older files of the same sequences, are moved into
the folder damaged. The new list does not know what the retention had removed. Exit code: 0 if the list was made, 1 if not.`,
};

/** @type {Command} */
const mirror = {
  call: "npm run mirror",
  options: {
    to: { value: "kurrentdb://user:password@host:2113?tls=false" },
    prefix: { value: "plant2-", accepts: /^[A-Za-z0-9][\w.-]{0,63}$/, expected: "letters, digits, _, . and -" },
    follow: {},
  },
  help: `Appends the history to a KurrentDB: a stream for each device, and one for everything else that has events.

  npm run mirror -- --to kurrentdb://user:password@host:2113?tlsCaFile=ca.pem
  npm run mirror -- --to kurrentdb://user:password@host:2113?tls=false --follow

  --to       the KurrentDB; without it the variable MIRROR_TO, which other users of this machine do not see
  --prefix   comes before the names of all streams, for several installations in one KurrentDB
  --follow   goes on with new events until Ctrl-C

It reads the log of the Fleetlog on this machine, or of FLEETLOG_NATS_URL as its user historian. Run it again after an interruption, or
for what has come since: it continues where it ended, and appends each event once. Exit code: 0 if everything is there, 1 if it could
not go on, 130 if it was stopped.`,
};

const installation = { accepts: /^https?:\/\/[^\s/]+\/?$/, expected: "the address of an installation" };

/** @type {Command} */
const replay = {
  call: "npm run replay",
  options: {
    from: { value: "2026-01-31T03:00:00Z", expected: "a time or a sequence of FLEET" },
    to: { value: "2026-01-31T04:00:00Z", expected: "a time or a sequence of FLEET" },
    source: { value: "https://fleet.example", ...installation },
    "source-key-file": { value: "source-key.txt", expected: "a file that has the API key" },
    target: { value: "https://test.example", ...installation },
    "target-key-file": { value: "target-key.txt", expected: "a file that has the API key" },
    speed: { value: "60", accepts: /^\d{1,7}(?:\.\d{1,6})?$/, expected: "a number" },
    group: { value: "pumps", expected: "the name of a group" },
    device: { value: "pump-1,pump-2", accepts: /^[\w:-]+(?:,[\w:-]+)*$/, expected: "ids of devices" },
    prefix: {
      value: "replay-",
      accepts: /^[A-Za-z0-9][\w:-]{0,31}$/,
      expected: "up to 32 letters, digits, _, : and -",
    },
    folder: { value: "./replay", expected: "a folder" },
    "replace-tokens": {},
    "dry-run": {},
  },
  exclusive: [["group", "device"]],
  help: `Plays a span of history as a simulated fleet against another installation: devices connect, report and disconnect as they did.

  npm run replay -- --from 2026-01-31T03:00:00Z --to 2026-01-31T04:00:00Z --target https://test.example --speed 60 --dry-run
  npm run replay -- --from 5000 --to 9000 --target http://127.0.0.1:8080 --prefix replay- --group pumps

  --from, --to       times (RFC 3339) or sequences of FLEET; unless given, --to is now
  --source           the installation that has the history; unless given http://127.0.0.1:8080
  --source-key-file  a file that has its API key, of an analyst or above; without it the variable REPLAY_SOURCE_KEY
  --target           the installation that gets the devices
  --target-key-file  a file that has its API key, of an operator or above; without it the variable REPLAY_TARGET_KEY
  --speed            seconds of history for each second; default: 1. If the target can't keep up, the replay is slower
  --group, --device  only the devices of a group at the begin or the end of the span, or those with these ids, separated by commas
  --prefix           comes before the ids of the devices at the target; needed where the target is the source
  --folder           where the tokens of the devices and the progress are kept; unless given ./replay
  --replace-tokens   gives new tokens to devices that the target has already and whose tokens are not in this folder. Without it
                     such devices are left out, since they may be real
  --dry-run          counts what would happen, and changes nothing

Reports have the boot, seq and time that they had, so a repeated replay stores nothing twice at the target. Ctrl-C stops it; run it again
to go on. Exit code: 0 if all was played, 2 if devices or reports were refused, 1 if it could not go on, 130 if it was stopped.`,
};

/** @type {Readonly<Record<string, Command>>} */
const commands = {
  "infra/src/archive-list/main.ts": archiveList,
  "infra/src/containers/main.ts": images,
  "infra/src/device-image/main.ts": image,
  "infra/src/import-from/main.ts": importFrom,
  "infra/src/import-history/main.ts": importHistory,
  "infra/src/main.ts": start,
  "infra/src/mirror/main.ts": mirror,
  "infra/src/replay/main.ts": replay,
  "infra/src/testing/main.ts": test,
  "infra/src/verify/main.ts": verify,
  "test/bench/main.ts": bench,
};

/**
 * The command that a file implements; undefined for a program that takes no arguments.
 * @param {string} entry
 */
export function commandOf(entry) {
  return commands[entry];
}

export { archiveList, bench, image, images, importFrom, importHistory, mirror, replay, start, test, verify };
