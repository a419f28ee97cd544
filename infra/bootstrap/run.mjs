// node infra/bootstrap/run.mjs <file.ts> [arguments]: run by `npm start`, `npm test` and similar scripts.
// Uses only syntax that Node 14 can parse, so that an old Node gets as far as the error message.
const NEEDED = 20;
const major = Number(process.versions.node.split(".")[0]);

if (major < NEEDED) {
  console.error(
    `Fleetlog needs Node ${NEEDED} or newer to start, and this is ${process.version} (${process.execPath}). ` +
      "Get a newer one from https://nodejs.org, or with a version manager: nvm install 24",
  );
  process.exitCode = 1;
} else {
  void import("./main.mjs").then(({ main }) => main(process.argv.slice(2)));
}
