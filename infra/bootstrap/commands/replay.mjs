/** @typedef {import("../command-line.mjs").Command} Command */

const installation = { accepts: /^https?:\/\/[^\s/]+\/?$/, expected: "the address of an installation" };

/** @type {Command} */
export const replay = {
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
