/** @typedef {import("../command-line.mjs").Command} Command */

/** @type {Command} */
export const mirror = {
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
