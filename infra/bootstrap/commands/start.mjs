/** @typedef {import("../command-line.mjs").Command} Command */

/** @type {Command} */
export const start = {
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

All FLEETLOG_ settings are in infra/docs/settings.md. Logs are in the folder logs under the data folder.`,
};
