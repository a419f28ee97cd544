import { beforeEach, describe, expect, it } from "vitest";
import { type TestServer, testServer } from "../../../testing/test-server.ts";

let server: TestServer;
let now: number;
beforeEach(async () => {
  now = 0;
  server = await testServer({ clock: () => now });
});

const signIn = (token: unknown, headers: Record<string, string> = {}, remoteAddress = "10.0.0.1") =>
  server.app.inject({ method: "POST", url: "/api/session", payload: { token }, headers, remoteAddress });

async function signedIn(): Promise<string> {
  const cookie = (await signIn(server.token)).headers["set-cookie"];
  return String(cookie).split(";", 1)[0] ?? "";
}

describe("signing in", () => {
  it("sets a cookie that scripts can't read and browsers do not send from other sites", async () => {
    const response = await signIn(server.token);
    expect(response.statusCode).toBe(204);
    expect(response.headers["set-cookie"]).toMatch(
      /^fleetlog_session=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect(response.headers["set-cookie"]).not.toContain(server.token);
  });

  it("marks the cookie as Secure when the browser uses TLS", async () => {
    const response = await signIn(server.token, { "x-forwarded-proto": "https" });
    expect(response.headers["set-cookie"]).toMatch(/; Secure;/);
  });

  it("lets GET /api/session answer with the person and the ports for devices", async () => {
    const cookie = await signedIn();
    const response = await server.app.inject({ url: "/api/session", headers: { cookie: `other=1; ${cookie}; x` } });
    expect(response.json()).toEqual({
      operator: { id: "admin", name: "Administrator", role: "admin" },
      person: { id: "admin", name: "Administrator" },
      account: "main",
      role: "admin",
      version: "1.2.3",
      gateway: "g1",
      ports: { mqtt: 1883 },
    });
  });

  it.each([undefined, "fleetlog_session=", "fleetlog_session=wrong", "fleetlog_session=a b", "fleetlog_session"])(
    "lets GET /api/session answer 401 to the cookie %j",
    async (cookie) => {
      const response = await server.app.inject({
        url: "/api/session",
        headers: cookie === undefined ? {} : { cookie },
      });
      expect(response.statusCode).toBe(401);
      expect(response.json()).toMatchObject({ code: "unauthenticated" });
    },
  );

  it("refuses a wrong token with 401, and a malformed one with 400", async () => {
    expect((await signIn("wrong")).json()).toMatchObject({ status: 401, field: "token" });
    expect((await signIn(7)).json()).toMatchObject({ status: 400, field: "token" });
    expect((await signIn("")).json()).toMatchObject({ status: 400, field: "token" });
  });

  it.each([
    [{}, "token"],
    [{ otp: "123456" }, "token"],
    [{ email: "ada@example.org" }, "password"],
    [{ password: "correct horse" }, "email"],
    [{ token: "wrong", email: "ada@example.org", password: "correct horse" }, "token"],
  ])("refuses %j with 400, which names %s", async (payload, field) => {
    const response = await server.app.inject({ method: "POST", url: "/api/session", payload });
    expect(response.json()).toMatchObject({ status: 400, code: "invalid-request", field });
  });

  it("refuses an address with 429 after ten wrong tokens, but not another address", async () => {
    for (let i = 0; i < 10; i++) expect((await signIn(`wrong ${i}`)).statusCode).toBe(401);
    const refused = await signIn("wrong again");
    expect(refused.statusCode).toBe(429);
    expect(refused.headers["retry-after"]).toBe("6");
    expect((await signIn("wrong", {}, "10.0.0.2")).statusCode).toBe(401);
    now += 6_000;
    expect((await signIn("wrong again")).statusCode).toBe(401);
  });

  it("accepts a valid token from an address that has sent 20 wrong tokens", async () => {
    for (let i = 0; i < 20; i++) await signIn(`wrong ${i}`);
    expect((await signIn(server.token)).statusCode).toBe(204);
    const get = (token: string) =>
      server.app.inject({
        url: "/api/session",
        headers: { authorization: `Bearer ${token}` },
        remoteAddress: "10.0.0.1",
      });
    const statuses = await Promise.all(
      Array.from({ length: 250 }, async (_, i) => (await get(`wrong-${i}`)).statusCode),
    );
    expect(statuses).toContain(429);
    expect((await get(server.token)).statusCode).toBe(200);
  });

  it("refuses 40 of 50 concurrent wrong tokens with 429", async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => signIn(`wrong ${i}`)));
    expect(answers.filter(({ statusCode }) => statusCode === 401)).toHaveLength(10);
    expect(answers.filter(({ statusCode }) => statusCode === 429)).toHaveLength(40);
  });

  it("accepts 30 valid tokens", async () => {
    for (let i = 0; i < 30; i++) expect((await signIn(server.token)).statusCode).toBe(204);
  });

  it("is refused from another site's page", async () => {
    expect((await signIn(server.token, { "sec-fetch-site": "cross-site" })).statusCode).toBe(403);
    expect((await signIn(server.token, { origin: "https://evil.example" })).statusCode).toBe(403);
  });
});

describe("a signed-in browser", () => {
  const register = async (headers: Record<string, string>) => {
    const id = `d${Math.random().toString(36).slice(2)}`;
    const cookie = await signedIn();
    const sent = { cookie, host: "fleet.example:8080", ...headers };
    return server.app.inject({ method: "POST", url: "/api/devices", payload: { id }, headers: sent });
  };

  it.each<Record<string, string>>([
    { "sec-fetch-site": "same-origin", origin: "http://fleet.example:8080" },
    { "sec-fetch-site": "same-origin" },
    { origin: "https://fleet.example:8080" },
    // A proxy has changed Host. Sec-Fetch-Site decides, because no page can set this header.
    { "sec-fetch-site": "same-origin", origin: "https://fleet.example", host: "gateway-1:8080" },
    { origin: "https://fleet.example", host: "fleet.example:443" },
    { origin: "http://fleet.example", host: "Fleet.example:80" },
    { origin: "https://fleet.example:443", host: "fleet.example" },
  ])("may change something from a page of Fleetlog, with the headers %j", async (headers) => {
    expect((await register(headers)).statusCode).toBe(201);
  });

  it.each<Record<string, string>>([
    {},
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "none" },
    { "sec-fetch-site": "cross-site", origin: "http://fleet.example:8080" },
    { origin: "http://fleet.example:9090" },
    { origin: "http://fleet.example", host: "fleet.example:443" },
    { origin: "http://evil.example" },
    { origin: "null" },
  ])("may change nothing from another page, with the headers %j", async (headers) => {
    const response = await register(headers);
    expect(response.statusCode).toBe(403);
    expect(response.json()).toMatchObject({ code: "forbidden" });
  });

  it("may change something from the public URL's origin; a refusal names the origin and the host that differ", async () => {
    server = await testServer({ clock: () => now, publicOrigin: "https://fleet.example" });
    const host = "gateway-1:8080";
    expect((await register({ origin: "https://fleet.example", host })).statusCode).toBe(201);
    expect((await register({ origin: "https://evil.example", host })).json()).toMatchObject({
      detail: expect.stringContaining("Origin is https://evil.example, but this gateway is gateway-1:8080"),
      field: "origin",
      advice: expect.stringContaining("FLEETLOG_PUBLIC_URL"),
    });
    expect((await register({ "sec-fetch-site": "cross-site", host })).json()).toMatchObject({
      field: "sec-fetch-site",
    });
  });

  it("is authenticated by its token when it also sends a cookie", async () => {
    const authorization = `Bearer ${server.token}`;
    expect((await register({ authorization, "sec-fetch-site": "cross-site" })).statusCode).toBe(201);
    expect((await register({ authorization: "Bearer wrong", "sec-fetch-site": "same-origin" })).statusCode).toBe(401);
  });

  it("can sign out, with or without a cookie", async () => {
    const cookie = await signedIn();
    const headers = { cookie, "sec-fetch-site": "same-origin" };
    const out = await server.app.inject({ method: "DELETE", url: "/api/session", headers });
    expect(out.statusCode).toBe(204);
    expect(out.headers["set-cookie"]).toMatch(/^fleetlog_session=; Max-Age=0; Path=\/;/);
    expect((await server.app.inject({ url: "/api/session", headers })).statusCode).toBe(401);
    expect((await server.app.inject({ method: "DELETE", url: "/api/session" })).statusCode).toBe(204);
  });

  it("can't be signed out by another site", async () => {
    const cookie = await signedIn();
    const headers = { cookie, "sec-fetch-site": "cross-site" };
    expect((await server.app.inject({ method: "DELETE", url: "/api/session", headers })).statusCode).toBe(403);
    expect((await server.app.inject({ url: "/api/session", headers: { cookie } })).statusCode).toBe(200);
  });
});
