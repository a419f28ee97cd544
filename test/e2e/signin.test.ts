import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Browser } from "../support/browser.ts";
import { onceOf } from "../support/once.ts";
import { RawWebSocket } from "../support/raw-websocket.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { msUntil, withinASecond } from "../support/within-a-second.ts";

let stack: Stack;
let urls: string[];
beforeAll(async () => {
  stack = await startStack({ gateways: 2, reactors: 0, env: { FLEETLOG_PING_INTERVAL: "1s" } });
  urls = stack.gateways.map(({ api }) => api.url);
});
afterAll(() => stack[Symbol.asyncDispose]());

const [first, second] = [() => urls[0] ?? "", () => urls[1] ?? ""];

describe("an operator's browser", () => {
  it("signs in on one gateway, and is signed in on all gateways", async () => {
    const browser = await Browser.signedIn(first(), stack.adminToken);
    expect((await browser.call("GET", "/api/session")).body).toMatchObject({
      operator: { id: "admin", role: "admin" },
      gateway: "gateway-1",
      ports: { mqtt: stack.gateways[0]?.mqttPort },
    });
    const elsewhere = new Browser(second());
    elsewhere.cookie = browser.cookie;
    expect((await elsewhere.call("GET", "/api/session")).body).toMatchObject({ gateway: "gateway-2" });
    expect((await elsewhere.call("POST", "/api/devices", { id: "by-cookie" })).status).toBe(201);
    const { body } = await browser.call("GET", "/api/devices/by-cookie");
    expect(body).toMatchObject({ id: "by-cookie", registeredBy: "admin" });
  });

  it("stays signed in when its gateway restarts; the gateway warns that other machines can reach it without TLS", async () => {
    const browser = await Browser.signedIn(first(), stack.adminToken);
    expect((await browser.call("GET", "/api/system")).body).toMatchObject({ plainPorts: [] });
    const [gateway] = stack.gateways;
    await gateway?.process.kill();
    await gateway?.restart({ FLEETLOG_HOST: "0.0.0.0" });
    expect((await browser.call("GET", "/api/session")).status).toBe(200);
    const ports = [`HTTP on 0.0.0.0:${gateway?.httpPort}`, `MQTT on 0.0.0.0:${gateway?.mqttPort}`];
    expect((await browser.call("GET", "/api/system")).body).toMatchObject({ plainPorts: ports });
    expect(gateway?.process.logs().join("\n")).toContain("anyone on the network can read tokens and passwords");
  });

  it("is refused with a wrong token", async () => {
    const browser = new Browser(first());
    expect(await browser.call("POST", "/api/session", { token: "wrong" })).toMatchObject({
      status: 401,
      body: { code: "unauthenticated", field: "token" },
    });
    expect(browser.cookie).toBe("");
  });

  it("gets a cookie that does not contain its token", async () => {
    const browser = new Browser(first());
    await browser.call("POST", "/api/session", { token: stack.adminToken });
    expect(browser.cookie).toMatch(/^fleetlog_session=[\w-]{43}$/);
    expect(browser.cookie).not.toContain(stack.adminToken);
  });

  it("is refused when another site's page sends a request", async () => {
    const browser = await Browser.signedIn(first(), stack.adminToken);
    const forged = { origin: "http://evil.example", "sec-fetch-site": "cross-site" };
    const answer = await browser.call("POST", "/api/devices", { id: "forged" }, forged);
    expect(answer).toMatchObject({ status: 403, body: { code: "forbidden" } });
    expect((await browser.call("GET", "/api/devices/forged")).status).toBe(404);
  });

  it("receives the feed by its cookie, and nothing a second after signing out", async () => {
    await withinASecond(async () => {
      const browser = await Browser.signedIn(first(), stack.adminToken);
      const feed = await browser.feed();
      await feed.watch({ topic: "devices" });
      feed.client.setAutoReconnect(false);
      const closed = onceOf(feed.client, "close");
      expect((await browser.call("DELETE", "/api/session")).status).toBe(204);
      const ended = await msUntil(closed);
      expect((await browser.call("GET", "/api/session")).status).toBe(401);
      return ended;
    });
  });

  it.each<[string, (browser: Browser) => Record<string, string>, number]>([
    ["nobody", () => ({}), 401],
    ["a wrong cookie", () => ({ cookie: "fleetlog_session=abc", origin: first() }), 401],
    ["a wrong token", () => ({ authorization: "Bearer wrong" }), 401],
    ["another site's page", ({ cookie }) => ({ cookie, origin: "http://evil.example" }), 403],
    ["a page without an origin", ({ cookie }) => ({ cookie }), 403],
  ])("can't open the feed as %s", async (_who, headersOf, status) => {
    const browser = await Browser.signedIn(first(), stack.adminToken);
    const url = `${first().replace("http", "ws")}/live`;
    await expect(RawWebSocket.open(url, { headers: headersOf(browser) })).rejects.toThrow(`HTTP ${status}`);
  });

  it("is not needed for the feed: a program with a token can also open the feed", async () => {
    const url = `${first().replace("http", "ws")}/live`;
    const raw = await RawWebSocket.open(url, { headers: { authorization: `Bearer ${stack.adminToken}` } });
    expect(await raw.next()).toMatchObject({ notification: "log", params: [{ state: "ready" }] });
    expect(await raw.next()).toMatchObject({ notification: "views" });
    expect(await raw.call("feed.watch", { topic: "summary" })).toMatchObject({ result: { watch: 1 } });
    await raw.close();
  });
});
