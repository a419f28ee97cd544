/** @typedef {import("../command-line.mjs").Command} Command */

/** @type {Command} */
export const importFrom = {
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
