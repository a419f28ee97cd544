/** @typedef {import("../command-line.mjs").Command} Command */

/** @type {Command} */
export const images = {
  call: "npm run images",
  options: { tag: { value: "fleetlog:1.0", accepts: /^[a-z0-9][\w./:-]*$/, expected: "the name of an image" } },
  help: `Builds the container image, with a Docker engine that runs on this machine.

  npm run images                        as fleetlog
  npm run images -- --tag fleetlog:1.0  under another name

Where no registry of images can be reached, root on Debian or Ubuntu also builds the base image and an image of
nats-server, from Debian's packages, the Node 24 of this repository, and the nats-server that npm start uses.`,
};
