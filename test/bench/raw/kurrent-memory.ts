import { readFileSync } from "node:fs";
import {
  type ClientHttp2Session,
  connect,
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { Recording } from "./recording.ts";

/*
 * The least possible server for the Kurrent client, to show what the client itself can take. It forwards each request to
 * the endpoint once, and records the answer. When the same request comes again, it answers from memory, by repeating the
 * recorded events.
 * node kurrent-memory.ts <port of the endpoint> <folder with ca.pem, cert.pem and key.pem> <events to record> <events to answer with>
 */

const READ = "/event_store.client.streams.Streams/Read";

const [port = "", folder = "", record = "", count = ""] = process.argv.slice(2);
const pem = (name: string) => readFileSync(`${folder}/${name}.pem`);
const endpoint = connect(`https://127.0.0.1:${port}`, { ca: pem("ca"), servername: "historian" });
const recordings = new Map<string, Recording>();

const server = createSecureServer({ cert: pem("cert"), key: pem("key") });
server.on("stream", (stream, headers) => {
  stream.on("error", () => {});
  void answer(stream, headers);
});

async function answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
  const request = await buffer(stream);
  const key = `${headers[":path"]} ${request.toString("latin1")}`;
  const known = recordings.get(key);
  stream.respond({ ":status": 200, "content-type": "application/grpc+proto" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  if (known === undefined) {
    const recording = await forward(endpoint, headers, request, stream);
    if (headers[":path"] === READ) recordings.set(key, recording);
    stream.end();
  }
  // The client cancels a subscription.
  else await pipeline(Readable.from(known.repeated(Number(count))), stream).catch(() => {});
}

/** Sends the endpoint's answer to the client, up to as many events as are recorded. */
async function forward(
  to: ClientHttp2Session,
  { ":path": path, authorization }: IncomingHttpHeaders,
  request: Buffer,
  stream: ServerHttp2Stream,
): Promise<Recording> {
  const headers = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" };
  const call = to.request({ ...headers, ...(authorization !== undefined && { authorization }) });
  const recording = new Recording();
  call.end(request);
  for await (const bytes of call) {
    recording.add(bytes);
    if (recording.events >= Number(record)) break;
  }
  for (const bytes of recording.repeated(Math.min(recording.events, Number(record)))) stream.write(bytes);
  return recording;
}

server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("message", () => process.send?.(process.cpuUsage()));
process.on("disconnect", () => process.exit());
