import { pino } from "pino";
import { expect, it } from "vitest";
import { BoundedLog } from "../../net/bounded-log.ts";
import { testServer } from "../../testing/test-server.ts";

async function server() {
  let bytes = 0;
  const lines: string[] = [];
  const logger = pino({}, { write: (line: string) => void lines.push(line) });
  const bounded = new BoundedLog(logger, () => 0);
  const { app, token, node } = await testServer({ boundedLog: bounded });
  const size = () => {
    bytes = [...lines, ...node.logged.map((line) => JSON.stringify(line))].join("\n").length;
    return bytes;
  };
  return { app, token, node, size };
}

it("the request log has few and short lines about unauthenticated requests, even with long paths and wrong bodies", async () => {
  const { app, size } = await server();
  const long = `/${"x".repeat(14_000)}`;
  for (let i = 0; i < 200; i++) {
    await app.inject({ url: long });
    await app.inject({ method: "POST", url: long, payload: {} });
    await app.inject({ method: "OPTIONS", url: "/api/devices" });
    await app.inject({ method: "DELETE", url: "/api/session" });
    await app.inject({ method: "POST", url: "/api/session", payload: { token: `wrong ${i}` } });
    await app.inject({ url: `/%${long}` });
  }
  expect(size()).toBeLessThan(40_000);
});

it("the request log has all requests of a signed-in person", async () => {
  const { app, token, node } = await server();
  const headers = { authorization: `Bearer ${token}` };
  for (let i = 0; i < 30; i++) {
    await app.inject({ method: "POST", url: "/api/devices", headers, payload: { id: `d${i}` } });
    await app.inject({ method: "POST", url: "/api/devices", headers, payload: { id: "d0" } });
  }
  expect(node.logged.filter(({ msg }) => msg === "answered")).toHaveLength(30);
  expect(node.logged.filter(({ code }) => code === "device-exists")).toHaveLength(30);
});
