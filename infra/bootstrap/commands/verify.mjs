/** @typedef {import("../command-line.mjs").Command} Command */

/** @type {Command} */
export const verify = {
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
