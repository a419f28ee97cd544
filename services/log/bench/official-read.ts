import { jetstream } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";

// Reads a whole stream as users of the official client do: `node bench/official-read.ts <url> <stream> <events>`.
// Prints the events a second.
const [url = "", stream = "", events = ""] = process.argv.slice(2);

const connection = await connect({ servers: url });
const consumer = await jetstream(connection).consumers.get(stream);
const began = performance.now();
const messages = await consumer.consume();
let left = Number(events);
for await (const _ of messages) {
  left -= 1;
  if (left === 0) break;
}
const rate = Math.round((Number(events) * 1_000) / (performance.now() - began));
await connection.close();
process.stdout.write(`${rate}\n`);
