import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AddressPolicy } from "./addresses.ts";
import { outgoing } from "./http.ts";

let server: Server;
let url: string;
let seen: string[];
beforeEach(async () => {
  seen = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      seen.push(`${request.method} ${request.url} ${Buffer.concat(chunks)}`);
      if (request.url === "/silent") return;
      if (request.url === "/elsewhere") response.writeHead(302, { location: `${url}/other` }).end();
      else if (request.url === "/endless") {
        const more = () => {
          while (!response.destroyed && response.write("x".repeat(16_384)));
        };
        response.on("drain", more);
        more();
      } else response.writeHead(200, { "retry-after": "3" }).end("fine");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const open = new AddressPolicy(["127.0.0.0/8", "::1"]);
const signal = new AbortController().signal;
const request = (path = "/", base = url) => ({ url: `${base}${path}`, headers: {}, body: "hello" });

describe("an outgoing request", () => {
  it("is sent to an address that the settings name", async () => {
    const answer = await outgoing(open)(request("/in?a=1"), signal);
    expect(answer).toEqual({ status: 200, text: "fine", retryAfter: "3" });
    expect(seen).toEqual(["POST /in?a=1 hello"]);
  });

  it.each(["127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254"])(
    "is not sent to %s, by http or https, if the settings do not name the address",
    async (host) => {
      const { port } = new URL(url);
      for (const scheme of ["http", "https"])
        await expect(
          outgoing(new AddressPolicy())(request("/", `${scheme}://${host}:${port}`), signal),
        ).rejects.toThrow("must not be connected to");
      expect(seen).toEqual([]);
    },
  );

  it("goes without TLS only to addresses that the settings name", async () => {
    const toPublic = outgoing(open)(request("/", "http://8.8.8.8"), signal);
    await expect(toPublic).rejects.toThrow("http is for networks of FLEETLOG_CHANNEL_NETWORKS only");
  });

  it("follows no redirect", async () => {
    expect((await outgoing(open)(request("/elsewhere"), signal)).status).toBe(302);
    expect(seen).toHaveLength(1);
  });

  it("ends at its time limit, and reads at most 64 KiB of the answer", async () => {
    await expect(outgoing(open, { inAllMs: 50 })(request("/silent"), signal)).rejects.toThrow("no answer within");
    expect((await outgoing(open)(request("/endless"), signal)).text).toHaveLength(65_536);
  });

  it("fails with the reason if there is no answer, and ends with its signal", async () => {
    const port = (server.address() as AddressInfo).port;
    await new Promise((resolve) => server.close(resolve));
    await expect(outgoing(open)(request("/", `http://127.0.0.1:${port}`), signal)).rejects.toThrow("(ECONNREFUSED)");
    await expect(outgoing(open)(request(), AbortSignal.abort(new Error("over")))).rejects.toThrow("over");
  });
});
