import type { Socket } from "node:net";
import { connectAsync, type IClientOptions } from "mqtt";
import type { DialectConnection } from "./device.ts";
import { unreadBytes } from "./unread.ts";

interface Message {
  readonly topic: string;
  readonly payload: string | Buffer;
}

export interface MqttDeviceOptions {
  readonly url: string;
  readonly client: IClientOptions;
  readonly filter: string;
  /** QoS of its subscription. With 0, the gateway does not wait for PUBACK before the next command. */
  readonly subscribes?: 0 | 1 | undefined;
  /** QoS of its answers. */
  readonly qos: 0 | 1;
  /** The number in a command, and the answer to it. Undefined: the message is no command. */
  read(topic: string, payload: Buffer): { readonly number: number; readonly answer: Message } | undefined;
}

/** A device that connects once, and answers each command when the test says so. */
export async function connectMqtt({ url, client: given, filter, subscribes = 1, qos, read }: MqttDeviceOptions) {
  const client = await connectAsync(
    url,
    { protocolVersion: 4, clean: true, keepalive: 0, reconnectPeriod: 0, connectTimeout: 10_000, ...given },
    false,
  );
  client.on("error", () => {});
  const closed = new Promise<void>((resolve) => {
    client.once("close", () => resolve());
  });
  const received: number[] = [];
  const answers: Message[] = [];
  let answered = 0;
  client.on("message", (topic, payload) => {
    const command = read(topic, payload);
    if (command === undefined) return;
    received.push(command.number);
    answers.push(command.answer);
  });
  await Promise.race([
    client.subscribeAsync(filter, { qos: subscribes }),
    closed.then(() => Promise.reject(new Error("closed"))),
  ]);
  const connection: DialectConnection = {
    received,
    closed,
    get answered() {
      return answered;
    },
    // While the log is away, no answer is acknowledged.
    async answer() {
      const { topic, payload } = answers[answered++] as Message;
      client.publish(topic, payload, { qos }, () => {});
    },
    unread: () => unreadBytes(client.stream as Socket),
    pause: () => client.stream.pause(),
    resume: () => client.stream.resume(),
    close: () => client.endAsync(true),
  };
  return connection;
}
