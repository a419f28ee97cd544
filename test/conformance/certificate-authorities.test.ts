import { once } from "node:events";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { startViews } from "@fleetlog/projections/testing";
import { connectAsync, type MqttClient } from "mqtt";
import { Client } from "rpc-websockets";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Authority, type Issued } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { onceOf } from "../support/once.ts";
import { payloadOf, type Reply } from "../support/provisioning.ts";
import { startTlsGateway, type TlsGateway } from "../support/tls-gateway.ts";

type Pair = Pick<Issued, "cert" | "key">;
type Problem = { readonly code?: string; readonly field?: string };

let node: TlsGateway;
/** A gateway that trusts no authorities in files, so that TLS sessions can be resumed. */
let other: TlsGateway;

beforeAll(async () => {
  node = await startTlsGateway();
  other = await startTlsGateway({ beside: node, env: { FLEETLOG_TLS_CLIENT_CA: "" } });
  await startViews(node.backbone);
  await node.api.call("POST", "/api/accounts", { id: "north", name: "North" });
});
afterAll(async () => {
  await other[Symbol.asyncDispose]();
  await node[Symbol.asyncDispose]();
});

const PATH = "/api/certificate-authorities";

async function requestFor(authority: Authority, more: { account?: string; group?: string } = {}) {
  const { account } = more;
  const { body } = await node.api.call<{ code: string }>("POST", `${PATH}/codes`, account ? { account } : null);
  const verification = authority.issue({ names: [body.code] }).cert;
  return { name: "Plant", certificate: authority.cert, code: body.code, verification, ...more };
}

async function add(authority: Authority, more: { account?: string; group?: string } = {}): Promise<string> {
  const { status, body } = await node.api.call<{ id: string }>("POST", PATH, await requestFor(authority, more));
  expect({ status, body }).toMatchObject({ status: 201, body: { account: more.account ?? "main" } });
  return body.id;
}

const login = {
  async mqtt(to: TlsGateway, device: string, { cert, key }: Pair): Promise<MqttClient> {
    const given = { ca: to.authority.cert, cert, key, clientId: device, reconnectPeriod: 0 };
    return connectAsync(to.mqtts, { ...given, protocolVersion: 5 });
  },
  async websocket(to: TlsGateway, device: string, { cert, key }: Pair): Promise<Client> {
    const client = new Client(`wss://${to.https}/device`, {
      reconnect: false,
      ...({ ca: to.authority.cert, cert, key } as object),
    });
    await new Promise<void>((resolve, reject) => {
      client.on("open", resolve);
      client.on("error", reject);
    });
    expect(device).toBeDefined();
    return client;
  },
};
const PROTOCOLS = ["mqtt", "websocket"] as const;

const close = (client: MqttClient | Client) => (client instanceof Client ? client.close() : void client.endAsync(true));
/** Tries repeatedly: the authority was added through one node, and the other node learns of it a little later. */
const loggedIn = (protocol: (typeof PROTOCOLS)[number], to: TlsGateway, device: string, shown: Pair) =>
  eventually<MqttClient | Client>(() => login[protocol](to, device, shown));
const refusedLogin = (protocol: (typeof PROTOCOLS)[number], to: TlsGateway, device: string, shown: Pair) =>
  expect(login[protocol](to, device, shown).then(close), `${protocol} ${device}`).rejects.toBeDefined();

async function refusals(): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { type, data } of node.backbone.log.read({ stream: "ACCESS" })) found.push({ type, ...data });
  return found;
}

describe.each(PROTOCOLS)("a certificate of a customer's authority, over %s", (protocol) => {
  it("logs in the account's device that it names, and no other device", async () => {
    const authority = new Authority(`North CA ${protocol}`);
    const [own, foreign] = [`north-${protocol}`, `main-${protocol}`];
    await node.api.call("POST", "/api/devices", { id: own, account: "north" });
    await node.api.register(foreign);
    const shown = authority.issue({ names: [own], usage: "any" });
    await refusedLogin(protocol, node, own, shown);
    await add(authority, { account: "north" });
    for (const to of [node, other]) close(await loggedIn(protocol, to, own, shown));
    expect((await node.api.events(own)).filter(({ type }) => type === "SessionOpened").at(-1)?.data).toMatchObject({
      credential: { by: "certificate", serial: shown.serial.toString("hex"), issuer: `CN=North CA ${protocol}` },
    });
    await refusedLogin(protocol, node, foreign, authority.issue({ names: [foreign] }));
    await refusedLogin(protocol, node, "nobody", authority.issue({ names: ["nobody"] }));
    await refusedLogin(protocol, node, own, authority.issue({ names: [own], usage: "server" }));
    const past = { notBefore: new Date(0), notAfter: new Date(1_000) };
    await refusedLogin(protocol, node, own, authority.issue({ names: [own], ...past }));
    const between = new Authority("Below", authority);
    const below = between.issue({ names: [own] });
    await refusedLogin(protocol, node, own, { cert: below.cert + between.cert, key: below.key });
    await eventually(async () =>
      expect(await refusals()).toContainEqual(
        expect.objectContaining({ type: "LoginRefused", device: foreign, cause: expect.stringContaining("authority") }),
      ),
    );
  });

  it("ends its session on every node once the authority ends, the device moves or leaves the group", async () => {
    const device = `leaver-${protocol}`;
    await node.api.call("PUT", `/api/groups/roof-${protocol}`, { filter: { tag: "roof" } });
    await node.api.register(device, { tags: ["roof"] });
    const authority = new Authority(`Roof CA ${protocol}`);
    const shown = authority.issue({ names: [device] });
    const id = await add(authority, { group: `roof-${protocol}` });
    const endsWith = async (reason: string, act: () => Promise<{ status: number }>) => {
      const closed = onceOf(await loggedIn(protocol, other, device, shown), "close");
      expect((await act()).status).toBeLessThan(300);
      await closed;
      await eventually(async () =>
        expect((await node.api.events(device)).findLast(({ type }) => type === "SessionClosed")).toMatchObject({
          data: { reason },
        }),
      );
      await refusedLogin(protocol, other, device, shown);
    };
    const change = (body: object) => () => node.api.call("PATCH", `/api/devices/${device}`, body);
    await endsWith("certificate-ended", change({ tags: ["hall"] }));
    await change({ tags: ["roof"] })();
    const group = (tag: string) => () => node.api.call("PUT", `/api/groups/roof-${protocol}`, { filter: { tag } });
    await endsWith("certificate-ended", group("attic"));
    await group("roof")();
    await endsWith("moved", change({ account: "north" }));
    await change({ account: "main" })();
    await endsWith("certificate-ended", () => node.api.call("DELETE", `${PATH}/${id}`));
    expect((await node.api.call<Problem>("DELETE", `${PATH}/${id}`)).body.code).toBe("authority-unknown");
    await add(authority);
    close(await loggedIn(protocol, node, device, shown));
  });

  it("ends its session once the authority's list revokes the certificate", async () => {
    const [first, second] = [`revoked-${protocol}`, `kept-${protocol}`];
    const authority = new Authority(`Revoking CA ${protocol}`);
    const id = await add(authority);
    for (const device of [first, second]) await node.api.register(device);
    const [revoked, kept] = [authority.issue({ names: [first] }), authority.issue({ names: [second] })];
    const client = await loggedIn(protocol, other, second, kept);
    const closed = onceOf(await loggedIn(protocol, other, first, revoked), "close");
    const put = (list: string) => node.api.call<Problem>("PUT", `${PATH}/${id}/revocation-list`, { list });
    expect((await put(new Authority("Else").revoke([revoked.serial]))).body).toMatchObject({ field: "list" });
    expect((await put(authority.revoke([revoked.serial]))).body).toMatchObject({ list: { revoked: 1 } });
    await closed;
    for (const to of [node, other]) await refusedLogin(protocol, to, first, revoked);
    close(client);
    close(await loggedIn(protocol, node, second, kept));
  });
});

const ENROLLED = ["DeviceEnrolled", "DeviceRegistered"];

/** A device whose certificate lets it only enrol. */
interface Newcomer {
  ask(): Promise<Reply>;
  readonly closed: Promise<unknown>;
  end(): void;
}
async function newcomer(
  protocol: (typeof PROTOCOLS)[number],
  to: TlsGateway,
  device: string,
  shown: Pair,
): Promise<Newcomer> {
  const client = await login[protocol](to, device, shown);
  const closed = onceOf(client, "close");
  const end = () => close(client);
  if (client instanceof Client) {
    return { closed, end, ask: async () => (await client.call("provision.request", {})) as Reply };
  }
  await client.subscribeAsync("provision/reply", { qos: 1 });
  const ask = async () => {
    const reply = new Promise<Buffer>((resolve) => client.once("message", (_topic, payload) => resolve(payload)));
    await client.publishAsync("provision/request", "{}", { qos: 1 });
    return JSON.parse((await reply).toString()) as Reply;
  };
  return { closed, end, ask };
}

describe.each(PROTOCOLS)("an enrolment group with a customer's authority, over %s", (protocol) => {
  const groups = "/api/enrolment-groups";
  const made = async (ca: string, more: object = {}) => {
    const { status, body } = await node.api.call<{ id: string; token?: string }>("POST", groups, {
      ...{ name: "Meters", quota: 2, ca },
      ...more,
    });
    expect({ status, token: body.token }).toEqual({ status: 201, token: undefined });
    return body.id;
  };

  it("enrols two devices by their certificates until they have their own credentials, and no more than its quota", async () => {
    const authority = new Authority(`Enrolling CA ${protocol}`);
    const group = await made(await add(authority), { tags: ["hall"] });
    const devices = [`e1-${protocol}`, `e2-${protocol}`];
    for (const [i, device] of devices.entries()) {
      const to = i === 0 ? node : other;
      const shown = authority.issue({ names: [device] });
      const client = await eventually(() => newcomer(protocol, to, device, shown));
      // The device may lose its first reply. With the same certificate it can connect again, and gets another reply.
      await client.ask();
      client.end();
      await client.closed;
      const again = await newcomer(protocol, to, device, shown);
      const payload = payloadOf(await again.ask());
      expect(payload.device).toBe(device);
      again.end();
      const own = await connectAsync(node.mqtts, {
        ...{ ca: node.authority.cert, clientId: device, username: device, password: payload.credential.token },
        reconnectPeriod: 0,
      });
      await own.endAsync(true);
      expect((await node.api.call("GET", `/api/devices/${device}`)).body).toMatchObject({ tags: ["hall"] });
      const events = (await node.api.events(device)).filter(({ type }) => type === "SessionOpened");
      expect(events.map(({ data }) => data)).toEqual([
        expect.objectContaining({ credential: expect.objectContaining({ by: "token" }) }),
      ]);
    }
    await refusedLogin(protocol, node, `e3-${protocol}`, authority.issue({ names: [`e3-${protocol}`] }));
    const { body } = await node.api.call<{ enrolled: number; proof: string }>("GET", `${groups}/${group}`);
    expect(body).toMatchObject({ enrolled: 2, proof: "certificate" });
    await eventually(async () =>
      expect(await refusals()).toContainEqual(
        expect.objectContaining({ type: "LoginRefused", protocol, code: "limit-reached" }),
      ),
    );
  });

  it("refuses devices with any other certificate, counts the refusals, and records nothing about these devices", async () => {
    const [authority, north] = [new Authority(`Strict CA ${protocol}`), new Authority(`Northern CA ${protocol}`)];
    const ca = await add(authority);
    const group = await made(ca, { quota: 9, idPattern: "s-*" });
    expect(
      (
        await node.api.call<Problem>("POST", groups, {
          name: "N",
          quota: 1,
          ca: await add(north, { account: "north" }),
        })
      ).body,
    ).toMatchObject({ code: "authority-unknown", field: "ca" });
    const id = (name: string) => `s-${name}-${protocol}`;
    const expired = { notBefore: new Date(0), notAfter: new Date(1_000) };
    const revoked = authority.issue({ names: [id("revoked")] });
    await node.api.call("PUT", `${PATH}/${ca}/revocation-list`, { list: authority.revoke([revoked.serial]) });
    await node.api.register(id("taken"));
    const tries: Readonly<Record<string, Pair>> = {
      [id("expired")]: authority.issue({ names: [id("expired")], ...expired }),
      [id("revoked")]: revoked,
      [id("north")]: north.issue({ names: [id("north")] }),
      [id("unknown")]: new Authority("Unknown CA").issue({ names: [id("unknown")] }),
      [`x-${protocol}`]: authority.issue({ names: [`x-${protocol}`] }),
    };
    const before = await metricOf(protocol);
    for (const [device, shown] of Object.entries(tries)) await refusedLogin(protocol, node, device, shown);
    // Only an MQTT client can name a device in CONNECT that differs from the one in its certificate.
    const named = authority.issue({ names: [id("named")] });
    if (protocol === "mqtt") await refusedLogin(protocol, node, id("else"), named);
    await eventually(async () => expect(await metricOf(protocol)).toBeGreaterThanOrEqual(before + 5));
    const waiting = await newcomer(protocol, other, id("waiting"), authority.issue({ names: [id("waiting")] }));
    expect((await node.api.call("DELETE", `${groups}/${group}`)).status).toBe(204);
    await refusedLogin(protocol, other, id("late"), authority.issue({ names: [id("late")] }));
    expect((await node.api.call("DELETE", `${PATH}/${ca}`)).status).toBe(204);
    // The device's session ends on the other node too, before the device has asked for its credential.
    await waiting.closed;
    await refusedLogin(protocol, node, id("waiting"), authority.issue({ names: [id("waiting")] }));
    const recorded: unknown[] = [];
    for await (const { type, data } of node.backbone.log.read({ stream: "FLEET" }))
      if (ENROLLED.includes(type) && JSON.stringify(data).includes(`-${protocol}"`)) recorded.push(data);
    const enrolled = recorded.map((data) => (data as { device: string }).device).filter((name) => /^[sx]-/.test(name));
    expect(enrolled).toEqual([id("taken"), id("waiting")]);
  });
});

async function metricOf(protocol: string): Promise<number> {
  const lines = await node.metrics("fleetlog_logins_refused_total");
  const values = lines.filter((line) => line.includes(protocol)).map((line) => Number(line.split(" ").at(-1)));
  return values.reduce((sum, value) => sum + value, 0);
}

describe("a resumed TLS session of a customer's authority", () => {
  it("logs a device in, but not after the authority has ended", async () => {
    const authority = new Authority("Resuming CA");
    const id = await add(authority);
    await node.api.register("resumer");
    const shown = authority.issue({ names: ["resumer"] });
    close(await loggedIn("mqtt", other, "resumer", shown));
    const first = await upgraded(shown);
    expect(first).toMatchObject({ status: 101, reused: false });
    expect(await upgraded(shown, first.session)).toMatchObject({ status: 101, reused: true });
    await node.api.call("DELETE", `${PATH}/${id}`);
    expect(await upgraded(shown, first.session)).toMatchObject({ status: 401, reused: true });
  });

  /** Upgrades to WebSocket, optionally in a resumed TLS session. */
  async function upgraded({ cert, key }: Pair, session?: Buffer) {
    const [host, port] = other.https.split(":");
    const socket: TLSSocket = connectTls({
      ...{ host, port: Number(port), ca: other.authority.cert, cert, key },
      ...(session !== undefined && { session }),
    });
    let resumable: Buffer | undefined;
    socket.on("session", (given: Buffer) => {
      resumable = given;
    });
    await once(socket, "secureConnect");
    const headers = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
    socket.write(
      `GET /device HTTP/1.1\r\nHost: ${other.https}\r\n${headers.join("\r\n")}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    const [answer] = (await once(socket, "data")) as [Buffer];
    const reused = socket.isSessionReused();
    socket.destroy();
    return { status: Number(answer.toString("latin1").split(" ")[1]), reused, session: resumable };
  }
});

describe("adding an authority", () => {
  it("needs the authority's key and certificate, and refuses an authority that is known already", async () => {
    const authority = new Authority("Adding CA");
    const good = await requestFor(authority);
    const code = (await node.api.call<{ code: string }>("POST", `${PATH}/codes`, { account: "north" })).body.code;
    const post = async (more: object) => (await node.api.call<Problem>("POST", PATH, { ...good, ...more })).body;
    expect(await post({ verification: new Authority("Thief").issue({ names: [good.code] }).cert })).toMatchObject({
      field: "verification",
    });
    expect(await post({ verification: authority.issue({ names: ["else"] }).cert })).toMatchObject({
      field: "verification",
    });
    expect(await post({ code })).toMatchObject({ field: "code" });
    expect(await post({ certificate: good.verification })).toMatchObject({ field: "certificate" });
    expect(await post({ group: "nowhere" })).toMatchObject({ code: "group-unknown" });
    expect(await post(await requestFor(node.authority))).toMatchObject({ code: "authority-exists" });
    expect(await post({})).toMatchObject({ account: "main", subject: "CN=Adding CA" });
    expect(await post({})).toMatchObject({ code: "authority-exists" });
    expect(await post(await requestFor(authority, { account: "north" }))).toMatchObject({ code: "authority-exists" });
    const { body } = await node.api.call<{ items: { subject: string }[] }>("GET", PATH);
    expect(body.items.filter(({ subject }) => subject === "CN=Adding CA")).toHaveLength(1);
    const audit = await node.api.call<{ items: unknown[] }>("GET", "/api/audit?action=customer-authority.manage");
    expect(audit.body.items).toContainEqual(expect.objectContaining({ event: "AuthorityAdded", by: "admin" }));
  });
});
