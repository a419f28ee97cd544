import { DIALECTS } from "@fleetlog/gateway/dialects";
import { encodeKuraPayload } from "@fleetlog/simulators";
import type { Names } from "./credentials.ts";

export type OlderDialect = "libpyiotcloud" | "tpedm" | "kura";

/** Cases of a row: whose topic it is. Default: the device's own. */
export const ANOTHER_DEVICE = "of another device";
export const ANOTHER_ACCOUNT = "in another account";

export interface Message {
  readonly topic: string;
  readonly payload: string | Buffer;
}

/** An open command of a device. `payload`: that of the command's message. */
export interface Asked {
  readonly command: string;
  readonly payload?: Buffer;
}

interface DialectMessages {
  readonly heading: string;
  /** The command that the test issues, for the topic on which devices answer. */
  readonly command: { readonly name: string; readonly params: object };
  /** The topic on which the device receives the command. */
  commandTopic(names: Names): string;
  readonly answerTopic: string;
  readonly messages: Readonly<Record<string, (names: Names, asked: Asked) => Message>>;
}

const NOTIFICATION = JSON.stringify({ recipient: "duty@example.org", message: "hot" });
const metrics = (of: Parameters<typeof encodeKuraPayload>[0]["metrics"]) => encodeKuraPayload({ metrics: of });
const onControl = (resource: string) => ({
  [`$EDC/{account}/{clientId}/${resource}`]: ({ account, clientId }: Names): Message => ({
    topic: `$EDC/${account}/${clientId}/${resource.replace("#", "ALERT-V1/door")}`,
    payload: metrics({ uptime: 5 }),
  }),
});

export const OLDER_TOPICS: Readonly<Record<OlderDialect, DialectMessages>> = {
  libpyiotcloud: {
    heading: "MQTT topics of libpyiotcloud",
    command: { name: "write_uart", params: { value: "hello" } },
    commandTopic: ({ clientId }) => `${clientId}/write_uart`,
    answerTopic: "server/{clientId}/+",
    messages: {
      "server/{clientId}/trigger_notification": ({ clientId }) => ({
        topic: `server/${clientId}/trigger_notification`,
        payload: NOTIFICATION,
      }),
      "server/{clientId}/trigger_notifications": ({ clientId }) => ({
        topic: `server/${clientId}/trigger_notifications`,
        payload: NOTIFICATION,
      }),
      "server/{clientId}/+": ({ clientId }) => ({
        topic: `server/${clientId}/write_uart`,
        payload: '{"value":"hello"}',
      }),
    },
  },
  tpedm: {
    heading: "MQTT topics of TPEDM",
    command: { name: "rest", params: { method: "GET", path: "/system/sshserver" } },
    commandTopic: ({ clientId }) => `/tpedm/${clientId}/input`,
    answerTopic: "/tpedm/{clientId}/output",
    messages: {
      "/tpedm/{clientId}/output": ({ clientId }, { payload }) => ({
        topic: `/tpedm/${clientId}/output`,
        payload: JSON.stringify({ "request-id": requestIn(payload), state: 200, payload: { data: {} } }),
      }),
    },
  },
  kura: {
    heading: "MQTT topics of Kura",
    command: { name: "exec", params: { command: "uptime" } },
    commandTopic: ({ account, clientId }) => `$EDC/${account}/${clientId}/CMD-V1/EXEC/command`,
    answerTopic: "$EDC/{account}/{requester}/+/REPLY/+",
    messages: {
      ...onControl("MQTT/BIRTH"),
      ...onControl("MQTT/APPS"),
      ...onControl("MQTT/DC"),
      ...onControl("MQTT/LWT"),
      ...onControl("#"),
      "$EDC/{account}/{requester}/+/REPLY/+": ({ account, requester }, { command }) => ({
        topic: `$EDC/${account}/${requester}/CMD-V1/REPLY/${command}`,
        payload: metrics({ "response.code": 200, "command.exit.code": 0, "command.stdout": "up" }),
      }),
      "$EDC/{account}/{requester}/DEPLOY-V2/NOTIFY/{clientId}/+": ({ account, requester, clientId }) => ({
        topic: `$EDC/${account}/${requester}/DEPLOY-V2/NOTIFY/${clientId}/download`,
        payload: metrics({ "job.id": 5n, "dp.download.progress": 10 }),
      }),
      "{account}/{clientId}/#": ({ account, clientId }) => ({
        topic: `${account}/${clientId}/weather/outside`,
        payload: metrics({ celsius: { double: 20.5 } }),
      }),
    },
  },
};

/** All rows that a dialect's table must have. */
export function rowsOf(dialect: OlderDialect): string[] {
  const { publishTopics = [], subscribeTopics = [] } = DIALECTS.find(({ name }) => name === dialect)?.mqtt ?? {};
  const rows = [
    ...subscribeTopics.map(({ topic }) => `subscribe ${topic}`),
    ...publishTopics.map(({ topic }) => `publish ${topic}`),
  ];
  return rows.flatMap((row) => [
    row,
    `${row} (${ANOTHER_DEVICE})`,
    ...(row.includes("{account}") ? [`${row} (${ANOTHER_ACCOUNT})`] : []),
  ]);
}

export function filled(topic: string, names: Names): string {
  return topic.replace(/\{(\w+)\}/g, (_, name: keyof Names) => names[name]);
}

function requestIn(payload: Buffer | undefined): string {
  if (payload === undefined) return "1";
  const { headers } = JSON.parse(payload.toString()) as { readonly headers: readonly Record<string, string>[] };
  return headers.find((header) => "request-id" in header)?.["request-id"] ?? "";
}
