import { NatsSocket } from "./nats-socket.ts";

/** The most messages that one request of a long read asks for in the log's own code, too. Other numbers take the same CPU. */
const BATCH = 1_000;
const REQUESTS = 4;

export async function readRate(port: number, stream: string, count: number): Promise<number> {
  const nats = await NatsSocket.connect(port);
  try {
    await nats.request(`$JS.API.CONSUMER.CREATE.${stream}.raw`, {
      stream_name: stream,
      config: {
        name: "raw",
        deliver_policy: "all",
        ack_policy: "none",
        replay_policy: "instant",
        num_replicas: 1,
        mem_storage: true,
        inactive_threshold: 10_000_000_000,
      },
    });
    const next = () =>
      nats.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.raw`, "raw.read", JSON.stringify({ batch: BATCH }));
    const from = performance.now();
    await new Promise<void>((resolve) => {
      let read = 0;
      nats.onMessage((_, reply) => {
        // At the end of each batch, nats-server sends one more message, without a reply subject.
        if (reply === "") return;
        read += 1;
        if (read >= count) resolve();
        else if (read % BATCH === 0) next();
      });
      for (let n = 0; n < REQUESTS; n++) next();
    });
    const rate = Math.round((count / (performance.now() - from)) * 1_000);
    await nats.request(`$JS.API.CONSUMER.DELETE.${stream}.raw`, {});
    return rate;
  } finally {
    nats.close();
  }
}
