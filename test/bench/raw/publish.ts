import { NatsSocket } from "./nats-socket.ts";

/** How JetStream stores events: one by one, or by the fast ingest of nats-server 2.14. */
export const WAYS = ["plain", "fast ingest"] as const;
export type Way = (typeof WAYS)[number];

const STREAM = "RAW";
const SUBJECT = "raw-events.device";
/** The gateway's own limit of unacknowledged events. */
const WINDOW = 4_096;
const CHUNK = 256;
/** Events for each acknowledgement of fast ingest. */
const FLOW = 256;

export interface Published {
  readonly events: number;
  readonly perSecond: number;
}

/** What JetStream acknowledges to a client that only publishes prepared text: the bound for any gateway. */
export async function publish(port: number, way: Way, milliseconds: number, payload: string): Promise<Published> {
  const nats = await NatsSocket.connect(port);
  try {
    await nats.request(`$JS.API.STREAM.CREATE.${STREAM}`, {
      name: STREAM,
      subjects: ["raw-events.>"],
      retention: "limits",
      storage: "file",
      discard: "old",
      max_bytes: 2 * 1_024 ** 3,
      num_replicas: 1,
      duplicate_window: 120_000_000_000,
      ...(way === "fast ingest" && { allow_batched: true }),
    });
    const published = await (way === "plain"
      ? plain(nats, milliseconds, payload)
      : fastIngest(nats, milliseconds, payload));
    await nats.request(`$JS.API.STREAM.DELETE.${STREAM}`, {});
    return published;
  } finally {
    nats.close();
  }
}

function message(payload: string, id: string, reply: string): string {
  const headers = `NATS/1.0\r\nNats-Msg-Id: ${id}\r\n\r\n`;
  return `HPUB ${SUBJECT} ${reply} ${headers.length} ${headers.length + payload.length}\r\n${headers}${payload}\r\n`;
}

function run(
  nats: NatsSocket,
  milliseconds: number,
  textOf: (n: number, last: boolean) => string,
  acknowledgedBy: (payload: Buffer) => number,
): Promise<Published> {
  let sent = 0;
  let acknowledged = 0;
  let ended = false;
  const from = performance.now();
  return new Promise((resolve, reject) => {
    const fill = () => {
      while (!ended && sent - acknowledged <= WINDOW - CHUNK) {
        ended = performance.now() - from >= milliseconds;
        let text = "";
        for (let n = 1; n <= CHUNK; n++) text += textOf(++sent, ended && n === CHUNK);
        nats.write(text);
      }
    };
    nats.onMessage((_, __, answer) => {
      try {
        acknowledged = acknowledgedBy(answer);
      } catch (error) {
        reject(error);
      }
      if (ended && acknowledged >= sent) {
        resolve({ events: sent, perSecond: Math.round((sent / (performance.now() - from)) * 1_000) });
      }
      if (sent - acknowledged <= WINDOW / 2) fill();
    });
    fill();
  });
}

function plain(nats: NatsSocket, milliseconds: number, payload: string): Promise<Published> {
  let acknowledged = 0;
  return run(
    nats,
    milliseconds,
    (n) => message(payload, `raw:${n}`, "raw.ack"),
    (answer) => {
      if (answer.includes('"error"')) throw new Error(answer.toString());
      return ++acknowledged;
    },
  );
}

/**
 * ADR-50. Reply subject: batch, flow, reaction to gaps, number in the batch, operation (0 begins, 1 adds, 2 adds and
 * ends).
 */
function fastIngest(nats: NatsSocket, milliseconds: number, payload: string): Promise<Published> {
  let acknowledged = 0;
  const reply = (n: number, operation: number) => `raw.batch.${FLOW}.fail.${n}.${operation}.$FI`;
  let total = 0;
  return run(
    nats,
    milliseconds,
    (n, last) => {
      if (last) total = n;
      return message(payload, `raw:${n}`, reply(n, last ? 2 : n === 1 ? 0 : 1));
    },
    (answer) => {
      const { type, seq, count, error } = JSON.parse(answer.toString()) as {
        readonly type?: string;
        readonly seq?: number;
        readonly count?: number;
        readonly error?: unknown;
      };
      if (error !== undefined || type === "gap") throw new Error(answer.toString());
      // The last answer has the number of events in the whole batch.
      acknowledged = count === undefined ? Math.max(acknowledged, seq ?? 0) : total;
      return acknowledged;
    },
  );
}
