/** The answer to `npm start -- --help`. */
export const help = `Starts the whole of Fleetlog on this machine: nats-server, a projector, a gateway, the reactors and simulated devices.

  npm start                     with a few simulated devices
  npm start -- --fleet 500      with 500 of them
  npm start -- --no-fleet       with none
  npm start -- --help           this text

Ctrl-C stops everything in order; the next start carries on with the data.

Settings are environment variables; the usual ones:

  FLEETLOG_HTTP_PORT=8080       HTTP API and WebSocket devices
  FLEETLOG_MQTT_PORT=1883       MQTT devices
  FLEETLOG_TLS_CERT=…           certificate; with FLEETLOG_TLS_KEY, HTTPS is on port 8443 and MQTT over TLS on 8883
  FLEETLOG_HOST=127.0.0.1       0.0.0.0 to be reached from other machines
  FLEETLOG_DATA_DIR=./data      everything that is kept
  FLEETLOG_ADMIN_TOKEN=…        sign-in token, instead of the one that is made
  FLEETLOG_NATS_URL=…           a NATS of yours, instead of one of its own
  FLEETLOG_LOG_LEVEL=info       debug shows the logs of all processes here
  NATS_SERVER_BIN=…             the nats-server program, when it is not on the PATH

All of them are in README.md. Logs are in the folder logs under the data folder.`;
