/** @typedef {import("../command-line.mjs").Command} Command */

/** @type {Command} */
export const test = {
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
