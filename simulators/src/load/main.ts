import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { processLogger, settingsOrExit } from "@fleetlog/runtime/node";
import { mapLimited } from "../fleet/map-limited.ts";
import { OperatorApi } from "../fleet/operator-api.ts";
import { Registration } from "../fleet/registration.ts";
import { TokenFile } from "../fleet/token-file.ts";
import { simulatorSettings } from "../settings.ts";
import { Load } from "./load.ts";
import type { Target } from "./raw-link.ts";

const usage = `Generates load on a running Fleetlog with lightweight devices, and counts what was acknowledged.

  node simulators/src/load/main.ts [--protocol mqtt|mqtt5|websocket] [--connections 50] [--window 64]
       [--seconds 10] [--rate <messages a second>] [--telemetry] [--padding 32] [--idle]

--idle opens the connections, holds them for the given seconds, and answers commands with their own parameters.
Address, token and data folder come from the FLEETLOG_ settings. Prints one line of JSON.`;

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      protocol: { type: "string", default: "mqtt" },
      connections: { type: "string", default: "50" },
      window: { type: "string", default: "64" },
      seconds: { type: "string", default: "10" },
      rate: { type: "string" },
      padding: { type: "string", default: "32" },
      telemetry: { type: "boolean", default: false },
      idle: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help || !["mqtt", "mqtt5", "websocket"].includes(values.protocol)) {
    console.log(usage);
    process.exit(values.help ? 0 : 2);
  }

  const { host, httpPort, mqttPort, adminToken = "", dataDir } = settingsOrExit(simulatorSettings);
  if (httpPort === "off" || mqttPort === "off") {
    console.error("FLEETLOG_HTTP_PORT and FLEETLOG_MQTT_PORT must be ports: the load uses no TLS");
    process.exit(2);
  }
  // Standard output has only the result.
  const logger = processLogger({ logLevel: "warn" }, "load", {}, process.stderr);
  const tokens = await TokenFile.open(join(dataDir, "simulators", "load-tokens.json"));
  const registration = new Registration(new OperatorApi(`http://${host}:${httpPort}`, adminToken), tokens, logger);
  const names = Array.from(
    { length: Number(values.connections) },
    (_, index) => `load-${values.protocol}-${index + 1}`,
  );
  const devices = await mapLimited(names, 16, async (device) => {
    const registrant = { id: device, name: device, tags: ["load"] };
    const token = await registration.tokenOf(registrant, new AbortController().signal);
    if (token === undefined) throw new Error(`device ${device} is retired`);
    return { device, token };
  });

  const target: Target =
    values.protocol === "websocket"
      ? { protocol: "websocket", host, port: httpPort }
      : { protocol: "mqtt", host, port: mqttPort, version: values.protocol === "mqtt5" ? 5 : 4 };
  const load = new Load({
    target,
    devices,
    window: Number(values.window),
    padding: Number(values.padding),
    kind: values.telemetry ? "telemetry" : "event",
    ...(values.rate === undefined ? {} : { rate: Number(values.rate) }),
  });
  await load.connect();
  if (!values.idle) load.start();
  await delay(Number(values.seconds) * 1_000);
  if (!values.idle) await load.drain();
  console.log(JSON.stringify(load.report()));
  await load.stop();
}
