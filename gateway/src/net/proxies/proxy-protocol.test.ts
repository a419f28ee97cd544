import { connect, createServer, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { peerOf } from "../address.ts";
import { parseProxyHeader, readProxyHeader } from "./proxy-protocol.ts";

const SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");

function v2(command: number, family: number, rest: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(rest.length);
  return Buffer.concat([SIGNATURE, Buffer.from([command, family]), length, rest]);
}

const ports = Buffer.from([0x12, 0x67, 0x07, 0x5b]);
const v4 = v2(0x21, 0x11, Buffer.concat([Buffer.from([192, 0, 2, 9, 10, 0, 0, 1]), ports]));
const v6 = v2(
  0x21,
  0x21,
  Buffer.concat([Buffer.alloc(15), Buffer.from([1]), Buffer.alloc(16), ports, Buffer.alloc(7)]),
);

describe("parseProxyHeader", () => {
  it.each([
    ["version 1, IPv4", "PROXY TCP4 192.0.2.9 10.0.0.1 4711 1883\r\n", "192.0.2.9:4711"],
    ["version 1, IPv6", "PROXY TCP6 2001:db8::1 ::1 4711 1883\r\n", "[2001:db8::1]:4711"],
    ["version 1, unknown", "PROXY UNKNOWN\r\n", undefined],
    ["version 2, IPv4", v4, "192.0.2.9:4711"],
    ["version 2, IPv6 with an extension", v6, "[0:0:0:0:0:0:0:1]:4711"],
    ["version 2, the proxy's own connection", v2(0x20, 0, Buffer.alloc(0)), undefined],
  ])("reads %s, and finds every shorter part incomplete", (_, header, peer) => {
    const bytes = Buffer.from(header as Buffer);
    expect(parseProxyHeader(Buffer.concat([bytes, Buffer.from([0x10, 0x0d])]))).toEqual({ bytes: bytes.length, peer });
    for (let length = 0; length < bytes.length; length++) {
      expect(parseProxyHeader(bytes.subarray(0, length))).toBe("incomplete");
    }
  });

  it.each([
    ["a line that does not end", `PROXY TCP4 ${"1".repeat(100)}`],
    ["an address of another version", "PROXY TCP6 192.0.2.9 10.0.0.1 4711 1883\r\n"],
    ["no address", "PROXY TCP4 x y 1 2\r\n"],
    ["another version", v2(0x31, 0x11, Buffer.alloc(12))],
    ["a length that no proxy sends", Buffer.concat([SIGNATURE, Buffer.from([0x21, 0x11, 0xff, 0xff])])],
  ])("refuses %s", (_, header) => {
    expect(parseProxyHeader(Buffer.from(header as Buffer))).toBe("wrong");
  });

  it.each([
    ["MQTT", Buffer.from([0x10, 0x0d])],
    ["TLS", Buffer.from([0x16, 3, 1])],
  ])("finds no header in the first bytes of %s", (_, bytes) => {
    expect(parseProxyHeader(bytes)).toBe("none");
  });
});

describe("readProxyHeader", () => {
  /** Sends the chunks as a client. Resolves with the peer and text that the server gets; undefined after a drop. */
  async function seen(chunks: readonly (string | Buffer)[]): Promise<{ peer: string; text: string } | undefined> {
    const found = Promise.withResolvers<{ peer: string; text: string } | undefined>();
    const server = createServer((socket: Socket) => {
      socket.once("close", () => found.resolve(undefined));
      readProxyHeader(socket, 5_000, () => {
        let text = "";
        socket.on("data", (chunk) => {
          text += chunk.toString();
          if (text === "hello") found.resolve({ peer: peerOf(socket), text });
        });
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const client = connect((server.address() as { port: number }).port, "127.0.0.1").setNoDelay(true);
    client.on("error", () => {});
    for (const chunk of chunks) await new Promise((resolve) => client.write(chunk, resolve));
    try {
      return await found.promise;
    } finally {
      client.destroy();
      server.close();
    }
  }

  it("takes the client's address from the header, and leaves the bytes after the header", async () => {
    const line = "PROXY TCP4 192.0.2.9 10.0.0.1 4711 1883\r\n";
    expect(await seen([`${line}hello`])).toEqual({ peer: "192.0.2.9:4711", text: "hello" });
    expect(await seen([line.slice(0, 20), line.slice(20), "hel", "lo"])).toEqual({
      peer: "192.0.2.9:4711",
      text: "hello",
    });
    expect(await seen([Buffer.concat([v4, Buffer.from("hello")])])).toEqual({ peer: "192.0.2.9:4711", text: "hello" });
  });

  it("accepts a connection without a header, and drops a connection with a wrong header", async () => {
    expect(await seen(["hello"])).toMatchObject({ peer: expect.stringContaining("127.0.0.1"), text: "hello" });
    expect(await seen(["PROXY TCP4 nobody\r\n"])).toBeUndefined();
  });
});
