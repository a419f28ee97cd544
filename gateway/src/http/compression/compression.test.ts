import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { type DeviceDetail, QUERY_QUEUE, querySubject } from "@fleetlog/protocol";
import { beforeAll, describe, expect, it } from "vitest";
import { type TestServer, testServer } from "../../testing/test-server.ts";
import { codingFor } from "./coding.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});

const request = (method: "GET" | "HEAD" | "POST", url: string, coding: string | undefined, payload?: object) =>
  server.app.inject({
    method,
    url,
    headers: {
      authorization: `Bearer ${server.token}`,
      ...(coding !== undefined && { "accept-encoding": coding }),
    },
    ...(payload && { payload }),
  });

describe("answers", () => {
  it("are compressed with the coding that Accept-Encoding prefers", async () => {
    const plain = await request("GET", "/api/openapi.json", undefined);
    expect(plain.headers).toMatchObject({ vary: "accept-encoding" });
    expect(plain.headers).not.toHaveProperty("content-encoding");
    const brotli = await request("GET", "/api/openapi.json", "gzip, br");
    expect(brotli.headers).toMatchObject({ "content-encoding": "br", vary: "accept-encoding" });
    expect(Number(brotli.headers["content-length"])).toBe(brotli.rawPayload.length);
    expect(brotliDecompressSync(brotli.rawPayload).toString()).toBe(plain.body);
    const gzip = await request("GET", "/api/openapi.json", "gzip");
    expect(gunzipSync(gzip.rawPayload).toString()).toBe(plain.body);
    expect(gzip.rawPayload.length).toBeLessThan(plain.rawPayload.length / 4);
    expect((await request("HEAD", "/api/openapi.json", "br")).headers).toMatchObject({
      "content-encoding": "br",
      "content-length": brotli.headers["content-length"],
    });
  });

  it("are compressed when they are plain text, such as metrics, and not when they are small", async () => {
    expect((await request("GET", "/metrics", "gzip")).headers).toMatchObject({ "content-encoding": "gzip" });
    const small = await request("GET", "/healthz", "gzip");
    expect(small.headers).not.toHaveProperty("content-encoding");
    expect(small.json()).toEqual({ status: "ok" });
  });

  it("are not compressed with a new token, because the compressed size could reveal it (BREACH)", async () => {
    const at = "2026-01-01T00:00:00.000Z";
    const detail: DeviceDetail = {
      id: "d1",
      name: "x".repeat(2_000),
      account: "main",
      tags: [],
      registeredAt: at,
      registeredBy: "admin",
      status: "never-connected",
      since: at,
      seq: 1,
      evidence: [],
      pendingCommands: [],
    };
    const { bus } = server.node.backbone;
    bus.respond(querySubject("devices.get"), QUERY_QUEUE, () => ({ result: detail, seq: 1 }));
    const registered = await request("POST", "/api/devices", "gzip, br", { id: "d1" });
    expect(registered.json()).toMatchObject({ name: detail.name, token: expect.any(String) });
    expect(registered.headers).not.toHaveProperty("content-encoding");
    const read = await request("GET", "/api/devices/d1", "gzip");
    expect(read.headers).toMatchObject({ "content-encoding": "gzip" });
  });
});

describe("the coding", () => {
  it.each([
    [undefined, "identity"],
    ["", "identity"],
    ["gzip", "gzip"],
    ["br, gzip", "br"],
    ["br;q=0.5, gzip", "gzip"],
    ["BR", "br"],
    ["*", "br"],
    ["*;q=0", "identity"],
    ["br;q=0, *", "gzip"],
    ["zstd, deflate", "identity"],
    ["identity, gzip;q=0", "identity"],
  ])("for Accept-Encoding %j is %s", (accepted, coding) => {
    expect(codingFor(accepted)).toBe(coding);
  });
});
