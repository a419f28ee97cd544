import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import type { RegisteredDevice } from "@fleetlog/protocol";
import type { Api } from "./api.ts";
import { PAHO_CLIENT } from "./paho.ts";

/** What a device of libpyiotcloud has after its registration. */
export interface Board {
  readonly id: string;
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

export async function registerBoard(api: Api, more: object = {}): Promise<Board> {
  const body = { dialect: "libpyiotcloud", ...more };
  const answer = await api.call<RegisteredDevice>("POST", "/api/devices", body);
  const { id, certificate } = answer.body;
  if (answer.status !== 201 || certificate?.key === undefined)
    throw new Error(`registering a board answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return { id, ca: certificate.ca, certificate: certificate.certificate, key: certificate.key };
}

/**
 * A stock program: connects as the device simulators do, subscribes, and answers each call with the call's payload. Arguments:
 * port, id, protocol level, QoS, files of authority, certificate and key. It prints `ready` when it is subscribed.
 */
const PAHO = `${PAHO_CLIENT}
import json, ssl, sys
port, device, level, qos, ca, cert, key = sys.argv[1:]
client = new_client(client_id=device, protocol=int(level), clean_session=True)
client.username_pw_set("guest", "guest")
client.tls_set(ca, certfile=cert, keyfile=key, cert_reqs=ssl.CERT_REQUIRED, tls_version=ssl.PROTOCOL_TLSv1_2)
client.tls_insecure_set(True)
client.on_connect = lambda c, u, f, code: c.subscribe(device + "/#", int(qos)) if code == 0 else print("refused", code, flush=True)
client.on_subscribe = lambda *a: print("ready", flush=True)
def called(c, u, message):
    api = message.topic.split("/", 1)[1]
    c.publish("server/" + device + "/" + api, message.payload, int(qos))
client.on_message = called
client.connect("127.0.0.1", int(port), 60)
client.loop_forever()
`;

/** A stock program like {@link PAHO} with MQTT.js 3.0.0, the client of the older system's Node.js simulator. */
const MQTT_JS_3 = `
const { readFileSync } = require("node:fs");
const [port, device, level, qos, ca, cert, key] = process.argv.slice(1);
const client = require("mqtt-3").connect({
  protocol: "mqtts", host: "127.0.0.1", port: Number(port), clientId: device, username: "guest", password: "guest",
  protocolId: level === "3" ? "MQIsdp" : "MQTT", protocolVersion: Number(level), clean: true, keepalive: 60,
  ca: readFileSync(ca), cert: readFileSync(cert), key: readFileSync(key), rejectUnauthorized: false,
  secureProtocol: "TLSv1_2_method",
});
client.on("connect", () => client.subscribe(device + "/#", { qos: Number(qos) }, () => console.log("ready")));
client.on("message", (topic, payload) =>
  client.publish("server/" + device + "/" + topic.split("/")[1], payload, { qos: Number(qos) }));
client.on("error", (error) => console.log("refused", error.message));
`;

export type StockBoard = "paho" | "mqtt-js-3";

export function hasMqttJs3(): boolean {
  try {
    createRequire(import.meta.url).resolve("mqtt-3");
    return true;
  } catch {
    return false;
  }
}

/** Starts a stock program; resolves when it is subscribed. */
export async function startStockBoard(
  kind: StockBoard,
  args: readonly [port: number, id: string, level: number, qos: number, ca: string, cert: string, key: string],
): Promise<ChildProcess> {
  const words = args.map(String);
  const child =
    kind === "paho"
      ? spawn("python3", ["-c", PAHO, ...words], { stdio: ["ignore", "pipe", "inherit"] })
      : spawn(process.execPath, ["-e", MQTT_JS_3, ...words], {
          cwd: new URL("..", import.meta.url),
          stdio: ["ignore", "pipe", "inherit"],
        });
  // The pipe stays open, because a program that can't write its output ends.
  const isReady = await new Promise<boolean>((resolve) => {
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => {
      if (/ready|refused/.test(line)) resolve(line.includes("ready"));
    });
    lines.once("close", () => resolve(false));
  });
  if (isReady) return child;
  child.kill();
  throw new Error(`the program ${kind} was refused, or has ended`);
}
