/** Address of the gateway for devices, as seen from the operator's browser. */
export interface Reach {
  /** An IPv6 address has no brackets. */
  readonly host: string;
  readonly httpPort: number;
  /** Undefined if the gateway has no MQTT port that the page can use. */
  readonly mqttPort: number | undefined;
  readonly secure: boolean;
  readonly mqttSecure: boolean;
}

export interface Credentials {
  readonly id: string;
  readonly token: string;
}

/** Code to paste, with an instruction. */
export interface Part {
  readonly says: string;
  readonly code: string;
}

export interface Snippet {
  readonly key: "rpc-websockets" | "mqtt-js" | "mosquitto";
  readonly title: string;
  readonly parts: readonly Part[];
}

/** The page's address with the gateway's ports; TLS if the page was loaded with TLS. */
export function reachOf(
  { protocol, hostname, port }: Pick<Location, "protocol" | "hostname" | "port">,
  ports: { readonly mqtt?: number; readonly mqtts?: number },
): Reach {
  const secure = protocol === "https:";
  const mqttSecure = ports.mqtts !== undefined && (secure || ports.mqtt === undefined);
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    httpPort: Number(port) || (secure ? 443 : 80),
    mqttPort: mqttSecure ? ports.mqtts : ports.mqtt,
    secure,
    mqttSecure,
  };
}

export function snippetsOf(reach: Reach, credentials: Credentials): readonly Snippet[] {
  if (reach.mqttPort === undefined) return [rpcWebsockets(reach, credentials)];
  return [rpcWebsockets(reach, credentials), mqttJs(reach, credentials), mosquitto(reach, credentials)];
}

function rpcWebsockets({ secure, httpPort, ...reach }: Reach, { id, token }: Credentials): Snippet {
  const usual = httpPort === (secure ? 443 : 80);
  const url = `${secure ? "wss" : "ws"}://${bracketed(reach.host)}${usual ? "" : `:${httpPort}`}/device`;
  return {
    key: "rpc-websockets",
    title: "rpc-websockets",
    parts: [
      { says: "In an empty folder", code: "npm install rpc-websockets" },
      {
        says: "Save as device.mjs and run node device.mjs",
        code: `import { Client } from "rpc-websockets";

const id = ${text(id)};
const token = ${text(token)};
const device = new Client(${text(url)}, { max_reconnects: 0 });
const failed = (error) => console.error(error.message);
let timer;

const report = () =>
  device.call("telemetry.report", { data: { temperature: 20 + Math.random() * 5 } });

async function begin() {
  await device.login({ device: id, token });
  console.log("connected");
  // The device's model and the commands that it accepts.
  await device.call("profile.report", { model: "First steps", commands: ["blink"] });
  await report();
  timer = setInterval(() => report().catch(failed), 5_000);
}

device.on("open", () => begin().catch(failed));
device.on("close", () => clearInterval(timer));
device.on("error", failed);

device.on("command", async ({ id, name, params }) => {
  console.log("command", name, params);
  await device.call("command.result", { id, ok: true, result: { did: name } });
});
`,
      },
    ],
  };
}

function mqttJs({ host, mqttPort, mqttSecure }: Reach, { id, token }: Credentials): Snippet {
  const url = `${mqttSecure ? "mqtts" : "mqtt"}://${bracketed(host)}:${mqttPort}`;
  return {
    key: "mqtt-js",
    title: "MQTT.js",
    parts: [
      { says: "In an empty folder", code: "npm install mqtt" },
      {
        says: "Save as device.mjs and run node device.mjs",
        code: `import mqtt from "mqtt";

const id = ${text(id)};
const token = ${text(token)};
const device = mqtt.connect(${text(url)}, {
  clientId: id,
  username: id,
  password: token,
});

const send = (topic, message) =>
  device.publish(topic, JSON.stringify(message), { qos: 1 });
const report = () =>
  send("me/telemetry", { data: { temperature: 20 + Math.random() * 5 } });

device.on("connect", () => {
  console.log("connected");
  device.subscribe("me/command/+", { qos: 1 });
  // The device's model and the commands that it accepts.
  send("me/profile", { model: "First steps", commands: ["blink"] });
});
report();
setInterval(report, 5_000);

device.on("message", (topic, payload) => {
  const { name, params } = JSON.parse(payload);
  console.log("command", name, params);
  send(\`\${topic}/result\`, { ok: true, result: { did: name } });
});
device.on("error", (error) => console.error(error.message));
`,
      },
    ],
  };
}

function mosquitto({ host, mqttPort, mqttSecure }: Reach, { id, token }: Credentials): Snippet {
  const tls = mqttSecure ? " --tls-use-os-certs" : "";
  const login = `-h ${shell(host)} -p ${mqttPort}${tls} -i ${shell(id)} -u ${shell(id)} \\
  -P ${shell(token)}`;
  return {
    key: "mosquitto",
    title: "mosquitto_pub",
    parts: [
      {
        says: "Report a temperature: connects, sends and disconnects",
        code: `mosquitto_pub ${login} \\
  -q 1 -t me/telemetry -m '{"data":{"temperature":21.5}}'
`,
      },
      {
        says: "Stay connected and print incoming commands",
        code: `mosquitto_sub ${login} \\
  -q 1 -t 'me/command/+' -v
`,
      },
    ],
  };
}

/** RFC 3986, 3.2.2: URLs have brackets around IPv6 addresses. */
function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

function text(value: string): string {
  return JSON.stringify(value);
}

function shell(value: string): string {
  return /^[A-Za-z0-9_.:@%+=-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
