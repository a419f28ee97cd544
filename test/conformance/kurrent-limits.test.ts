import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { type KurrentDBClient, START, StreamNotFoundError } from "@kurrent/kurrentdb-client";
import { describe, expect, it, onTestFinished } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type EndpointUnderTest, endpointForTest, person } from "../support/kurrent/endpoint.ts";

const MIB = 1024 ** 2;

async function positions(client: KurrentDBClient): Promise<number[]> {
  const found: number[] = [];
  for await (const { event } of client.readAll({ fromPosition: START })) found.push(Number(event?.position?.commit));
  return found;
}

async function revisions(client: KurrentDBClient, stream: string): Promise<number[]> {
  const found: number[] = [];
  for await (const { event } of client.readStream(stream)) found.push(Number(event?.revision));
  return found;
}

describe("memory", () => {
  it("is bounded while hundreds of clients do not read their answers; others are answered", async () => {
    const under = await endpointForTest();
    under.keys.set("flk_owner", person("owner"));
    under.keys.set("flk_other", person("other"));
    const text = "x".repeat(20_000);
    for (let i = 0; i < 500; i++) await under.append("event", "pump-1", "DeviceEventReported", { text });
    const before = used();
    const sessions = Array.from({ length: 10 }, () => session(under));
    const reads = sessions.flatMap((each) => Array.from({ length: 30 }, () => unreadRead(each, "flk_owner")));
    // Every read has begun, and its client's window is full.
    await Promise.all(reads.map((read) => once(read, "response")));
    expect(await positions(under.connect("flk_other"))).toHaveLength(500);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    // Without a limit, 300 answers of 10 MB would wait in memory. The figure below includes the clients' buffers,
    // because the clients run in this process too.
    expect(used() - before).toBeLessThan(400 * MIB);
    for (const each of sessions) each.destroy();
  });
});

function used(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function session({ endpoint }: EndpointUnderTest): ClientHttp2Session {
  const opened = connectHttp2(`https://127.0.0.1:${endpoint.port}`, { rejectUnauthorized: false });
  opened.on("error", () => undefined);
  onTestFinished(() => opened.destroy());
  return opened;
}

/** A read of `$all` from the start whose answer is never read. */
function unreadRead(of: ClientHttp2Session, key: string) {
  const stream = of.request({
    ":method": "POST",
    ":path": "/event_store.client.streams.Streams/Read",
    "content-type": "application/grpc",
    te: "trailers",
    authorization: `Bearer ${key}`,
  });
  stream.on("error", () => undefined);
  stream.pause();
  // ReadReq.Options: all from the start, count 1,000,000, no filter, ids as texts.
  const options = Buffer.from("12021200 28c0843d 4200 4a021200".replaceAll(" ", ""), "hex");
  const request = Buffer.concat([Buffer.from([0x0a, options.length]), options]);
  stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, request.length]), request]));
  return stream;
}

describe("connections", () => {
  it("from one address are limited before the handshake; a new connection is accepted when one ends", async () => {
    const under = await endpointForTest();
    under.keys.set("flk_owner", person("owner"));
    const open = await Promise.all(Array.from({ length: 250 }, () => handshake(under)));
    expect(open.filter((socket) => socket === undefined)).toHaveLength(0);
    expect(await handshake(under)).toBeUndefined();
    open[0]?.destroy();
    await eventually(async () => expect(await handshake(under)).toBeDefined());
    for (const socket of open) socket?.destroy();
    await eventually(async () => expect(await positions(under.connect("flk_owner"))).toEqual([]));
  });

  it("without HTTP/2 or TLS are closed", async () => {
    const under = await endpointForTest();
    const socket = connectTls({ port: under.endpoint.port, host: "127.0.0.1", rejectUnauthorized: false });
    socket.on("error", () => undefined);
    await once(socket, "close");
  });
});

/** Undefined if the endpoint closes the connection. */
async function handshake({ endpoint }: EndpointUnderTest): Promise<TLSSocket | undefined> {
  const socket = connectTls({
    port: endpoint.port,
    host: "127.0.0.1",
    ALPNProtocols: ["h2"],
    rejectUnauthorized: false,
  });
  const closed = new Promise<undefined>((resolve) => {
    socket.on("error", () => resolve(undefined));
    socket.on("close", () => resolve(undefined));
  });
  const opened = new Promise<TLSSocket>((resolve) => socket.once("secureConnect", () => resolve(socket)));
  const found = await Promise.race([opened, closed]);
  if (found !== undefined) onTestFinished(() => void found.destroy());
  return found;
}

describe("a device that was moved to another account", () => {
  const analyst = (account: string) => person(account, { role: "analyst", scope: { accounts: [account] } });

  it("shows the new account only events after the move if its history stays, and shows the old account no events", async () => {
    const under = await endpointForTest();
    const append = (account: string, type: string, data?: object) => {
      const category = /^Session/.test(type) ? "session" : "device";
      return under.append(category, "pump-1", type, data, { account });
    };
    under.keys.set("flk_old", analyst("old")).set("flk_new", analyst("new")).set("flk_all", person("all"));
    const [old, its, all] = ["flk_old", "flk_new", "flk_all"].map((key) => under.connect(key));
    if (old === undefined || its === undefined || all === undefined) throw new TypeError("no client");
    await append("old", "DeviceRegistered", { tags: [], account: "old" });
    await append("old", "SessionOpened");
    expect(await positions(old)).toEqual([1, 2]);
    expect(await positions(its)).toEqual([]);

    await append("new", "DeviceMoved", { from: "old", to: "new", history: "stays" });
    await append("new", "SessionClosed");
    await eventually(async () => expect(await positions(its)).toEqual([3, 4]));
    expect(await revisions(its, "device-pump-1")).toEqual([2, 3]);
    expect(await revisions(its, "$ce-session")).toEqual([1]);
    expect(await positions(old)).toEqual([]);
    await expect(revisions(old, "device-pump-1")).rejects.toThrow(StreamNotFoundError);
    expect(await positions(all)).toEqual([1, 2, 3, 4]);

    await append("third", "DeviceMoved", { from: "new", to: "third", history: "along" });
    under.keys.set("flk_third", analyst("third"));
    const third = under.connect("flk_third");
    // Events that stayed with the first account do not move along.
    await eventually(async () => expect(await positions(third)).toEqual([3, 4, 5]));
  });
});
