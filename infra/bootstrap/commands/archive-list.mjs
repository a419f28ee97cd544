/** @typedef {import("../command-line.mjs").Command} Command */

/** @type {Command} */
export const archiveList = {
  call: "npm run archive-list",
  options: {},
  positionals: "a folder",
  help: `Rebuilds the manifest.json of a historian's archive of telemetry from its files, after it was lost or damaged.

  npm run archive-list -- data/historian-historian/TELEMETRY

Stop the historian first. All files of the folder are read. Those that can't be read, and older files of the same sequences, are moved into
the folder damaged. The new list does not know what the retention had removed. Exit code: 0 if the list was made, 1 if not.`,
};
