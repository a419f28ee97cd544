import { randomUUID } from "node:crypto";
import { type FleetEvent, toEvent } from "@fleetlog/domain";
import { launcherUsers, newPasswords } from "@fleetlog/infra/nats-server";
import { type Backbone, connectBackbone, declareStreams, type NatsRole, SHARED_BUCKETS } from "@fleetlog/log";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestNats, type TestNats } from "../support/nats.ts";
import { type Login, publishRaw, requestRaw, subscribeRaw } from "../support/raw-nats.ts";

const MIB = 1024 ** 2;
const streams = declareStreams({
  FLEET: { maxBytes: 16 * MIB, replicas: 1 },
  TELEMETRY: { maxBytes: 16 * MIB, replicas: 1 },
});
const passwords = newPasswords();
const as = (user: NatsRole | "operator"): Login => ({ user, pass: passwords[user] });

let nats: TestNats;
const open: Backbone[] = [];
beforeAll(async () => {
  nats = await startTestNats({ extra: launcherUsers(passwords) });
});
afterAll(async () => {
  await Promise.all(open.map((backbone) => backbone.close({ timeoutMs: 50 })));
  await nats.cleanup();
});

async function connect(role: NatsRole, errors: object[] = [], warned: object[] = []): Promise<Backbone> {
  const logger = {
    info() {},
    warn: (facts: object) => void warned.push(facts),
    error: (facts: object) => void errors.push(facts),
  };
  const login = () => ({ user: role, password: passwords[role] });
  const backbone = await connectBackbone({ url: nats.url, name: role, role, login, streams, logger });
  open.push(backbone);
  return backbone;
}

function event(id: string = randomUUID(), type = "DeviceEventReported"): FleetEvent {
  const body = { type, data: { name: "n", data: {} } } as Parameters<typeof toEvent>[0];
  return toEvent(body, { id, source: "/devices/a", time: new Date().toISOString(), entity: "a" });
}

describe("nats-server as the launcher starts it", () => {
  it("refuses a client without a credential, or with a wrong credential", async () => {
    const forged = JSON.stringify({ status: "valid", operator: { id: "me", name: "me", role: "admin" } });
    await expect(publishRaw(nats.port, "$KV.operators.operator.0123", forged)).rejects.toThrow("Authorization");
    await expect(subscribeRaw(nats.port, ">")).rejects.toThrow("Authorization");
    const wrong = { user: "gateway", pass: passwords.projector };
    await expect(publishRaw(nats.port, "fleet.device.a", "{}", wrong)).rejects.toThrow("Authorization");
    const anonymous = connectBackbone({ url: nats.url, name: "anonymous", streams });
    await expect(anonymous).rejects.toMatchObject({
      code: "log-unavailable",
      message: expect.stringMatching(/refuses the connection/),
      advice: expect.stringContaining("FLEETLOG_NATS_USER"),
    });
  });

  it("lets each kind of process read the streams, and only a gateway make them", async () => {
    const [errors, warned]: object[][] = [[], []];
    let areReady = false;
    const others = (["projector", "historian", "reactors"] as const).map((role) => connect(role, errors, warned));
    void Promise.race(others).then(() => {
      areReady = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(areReady).toBe(false);
    const missing = await requestRaw(nats.port, "$JS.API.STREAM.INFO.FLEET", {}, as("operator"));
    expect(missing).toMatchObject({ error: { err_code: 10_059 } });
    for (const { log } of [await connect("gateway"), ...(await Promise.all(others))])
      expect((await log.state("FLEET")).lastSeq).toBe(0);
    expect([errors, warned]).toEqual([[], []]);
  });

  it("stores a gateway's events and bucket entries, and lets the other processes read the events", async () => {
    const [gateway, projector, reactors] = await Promise.all(
      (["gateway", "projector", "reactors"] as const).map((role) => connect(role)),
    );
    const seen: string[] = [];
    const following = projector?.log.subscribe({
      stream: "FLEET",
      from: 1,
      onBatch: ({ events }) => void seen.push(...events.map(({ id }) => id)),
    });
    await gateway?.log.append(event("first"));
    await expect.poll(() => seen).toEqual(["first"]);
    await following?.stop();
    const read: string[] = [];
    for await (const { id } of reactors?.log.read({ stream: "FLEET", direction: "backwards" }) ?? []) read.push(id);
    expect(read).toEqual(["first"]);
    expect((await gateway?.log.last("event", "a"))?.id).toBe("first");

    const credentials = await gateway?.buckets.open("credentials", { maxBytes: MIB });
    await credentials?.put("device.a", { hash: "x" });
    expect((await credentials?.get("device.a"))?.value).toEqual({ hash: "x" });
    expect(await credentials?.entries("device.")).toHaveLength(1);
    await gateway?.buckets.open("leases", { ttlMs: 5_000, maxBytes: MIB });
    const leases = await reactors?.buckets.open("leases", { ttlMs: 5_000, maxBytes: MIB });
    expect(await leases?.create("reactors", "me")).toBeGreaterThan(0);
  });

  it("carries queries to projectors, and the answers back to the asking gateway", async () => {
    const [gateway, projector] = await Promise.all([connect("gateway"), connect("projector")]);
    projector.bus.respond("query.devices.list", "projectors", (question) => ({ asked: question }));
    await projector.bus.flush();
    expect(await gateway.bus.request("query.devices.list", { limit: 1 })).toEqual({ asked: { limit: 1 } });
  });

  it("carries parts of archives between historians, which no other process can ask for or send", async () => {
    const [asking, answering] = await Promise.all([connect("historian"), connect("historian")]);
    answering.bus.respond("archive.read.h1", "h1", (question) => ({ asked: question }));
    await answering.bus.flush();
    expect(await asking.bus.request("archive.read.h1", { offset: 0 })).toEqual({ asked: { offset: 0 } });
    for (const role of ["gateway", "projector", "reactors"] as const) {
      const refused = /Permissions Violation/;
      await expect(publishRaw(nats.port, "archive.read.h1", "{}", as(role))).rejects.toThrow(refused);
      await expect(publishRaw(nats.port, "beat.historian.h1", "{}", as(role))).rejects.toThrow(refused);
      await expect(subscribeRaw(nats.port, "archive.read.h1", as(role))).rejects.toThrow(refused);
    }
  });

  it("answers no request whose answer would go to a subject that the asking process may not publish", async () => {
    const [gateway, historian] = await Promise.all([connect("gateway"), connect("historian")]);
    const operators = await gateway.buckets.open("operators", { maxBytes: MIB });
    gateway.bus.respond("authority.chain", "gateways", () => ["a certificate"]);
    await gateway.bus.flush();
    await publishRaw(nats.port, "authority.chain $KV.operators.operator.0123", "{}", as("historian"));
    // The gateway answers requests in their order.
    expect(await historian.bus.request("authority.chain", {})).toEqual(["a certificate"]);
    expect(await operators.entries()).toEqual([]);
  });

  it("reads no entry of a bucket that is nats-server's copy of an entry of another bucket", async () => {
    const [gateway, historian] = await Promise.all([connect("gateway"), connect("historian")]);
    const operators = await gateway.buckets.open("operators", { maxBytes: MIB });
    await operators.put("operator.true", "true");
    await gateway.buckets.open("marks", { maxBytes: MIB });
    const marks = await historian.buckets.open("marks", { maxBytes: MIB });
    // A consumer's messages keep their subject. From the 14th character on, it is like a key of the other bucket.
    for (const key of ["copied", "xxxxoperator.delivered"]) await marks.put(key, "forged");
    const stream = "$JS.API.CONSUMER.CREATE.KV_marks.c";
    const config = { name: "c", ack_policy: "none", deliver_policy: "all", inactive_threshold: 60e9 };
    await requestRaw(nats.port, stream, { stream_name: "KV_marks", config }, as("historian"));
    const next = "$JS.API.CONSUMER.MSG.NEXT.KV_marks.c $KV.operators.operator.delivered";
    await publishRaw(nats.port, next, '{"batch":2,"no_wait":true}', as("historian"));
    const get = "$JS.API.DIRECT.GET.KV_marks.$KV.marks.copied $KV.operators.operator.copied";
    await publishRaw(nats.port, get, "", as("historian"));
    // No message is left, so the answer is a status.
    const none = "$JS.API.CONSUMER.MSG.NEXT.KV_marks.c $KV.operators.operator.status";
    await publishRaw(nats.port, none, '{"batch":1,"no_wait":true}', as("historian"));
    const info = () => requestRaw(nats.port, "$JS.API.STREAM.INFO.KV_operators", {}, as("operator"));
    await expect.poll(info).toMatchObject({ state: { messages: 5 } });
    expect(await operators.get("operator.status")).toBeUndefined();
    expect(await operators.get("operator.copied")).toBeUndefined();
    expect((await operators.get("operator.true"))?.value).toBe("true");
    expect((await operators.entries()).map(({ key }) => key)).toEqual(["operator.true"]);
    expect(await operators.create("operator.copied", "again")).toBeGreaterThan(0);
    expect((await operators.get("operator.copied"))?.value).toBe("again");
    expect(await operators.create("operator.status", "again")).toBeGreaterThan(0);
    expect((await operators.get("operator.status"))?.value).toBe("again");
  });

  it("refuses an event that a projector forges; the projector logs an error", async () => {
    const errors: object[] = [];
    const { log } = await connect("projector", errors);
    const { lastSeq } = await log.state("FLEET");
    await expect(log.append(event("forged"), { timeoutMs: 300 })).rejects.toMatchObject({ code: "log-unavailable" });
    expect((await log.state("FLEET")).lastSeq).toBe(lastSeq);
    expect(errors).toContainEqual({ operation: "publish", subject: "fleet.event.a" });
  });

  it("reads no event of a category that the author's role may not append to", async () => {
    const { log } = await connect("gateway");
    const { seq } = await log.append(event("before"));
    const subject = "fleet.command.a";
    const retired = { ...event("forged"), type: "DeviceRetired", subject, data: { device: "a", by: "me" } };
    await publishRaw(nats.port, subject, JSON.stringify(retired), as("reactors"));
    // nats-server sends an answer wherever its request says.
    const telemetry = await log.append(event("telemetry", "TelemetryReported"));
    const asked = JSON.stringify({ seq: telemetry.seq });
    await publishRaw(nats.port, "$JS.API.DIRECT.GET.TELEMETRY fleet.device.a", asked, as("projector"));
    await expect.poll(async () => (await log.state("FLEET")).lastSeq).toBe(seq + 2);
    await log.append(event("after"));
    const read: string[] = [];
    for await (const { id } of log.read({ stream: "FLEET", fromSeq: seq })) read.push(id);
    expect(read).toEqual(["before", "after"]);
    expect(await log.last("command", "a")).toBeUndefined();
    const other = JSON.stringify({ seq: (await log.append(event("other", "TelemetryReported"))).seq });
    await publishRaw(nats.port, "$JS.API.DIRECT.GET.TELEMETRY fleet.event.a", other, as("projector"));
    await expect.poll(async () => (await log.state("FLEET")).lastSeq).toBe(seq + 4);
    expect((await log.last("event", "a"))?.id).toBe("after");
    // No entry has this sequence, so the answer is a status.
    await publishRaw(nats.port, "$JS.API.DIRECT.GET.TELEMETRY fleet.event.a", '{"seq":999999}', as("projector"));
    await expect.poll(async () => (await log.state("FLEET")).lastSeq).toBe(seq + 5);
    expect((await log.last("event", "a"))?.id).toBe("after");
  });

  it.each([
    ["projector", "fleet.device.a"],
    ["projector", "$KV.operators.operator.0123"],
    ["projector", "$JS.API.STREAM.CREATE.FLEET"],
    ["projector", "$JS.API.STREAM.UPDATE.FLEET"],
    ["reactors", "$JS.API.STREAM.CREATE.DELIVERY"],
    ["historian", "$JS.API.STREAM.CREATE.TELEMETRY"],
    ["projector", "_INBOX_gateway.answer"],
    ["reactors", "_ANSWER_gateway.answer"],
    ["projector", "live.a.command"],
    ["reactors", "fleet.device.a"],
    ["reactors", "fleet.session.a"],
    ["reactors", "$KV.credentials.device.a"],
    ["historian", "fleet.event.a"],
    ["historian", "changed.devices"],
    ["historian", "$JS.API.STREAM.CREATE.KV_marks"],
    ["historian", "$JS.API.STREAM.CREATE.KV_people"],
    ["historian", "$JS.API.STREAM.UPDATE.KV_marks"],
    ["reactors", "$JS.API.STREAM.CREATE.KV_catalogue-answers"],
    ["reactors", "$JS.API.STREAM.UPDATE.KV_catalogue-answers"],
    ["reactors", "$JS.API.STREAM.UPDATE.KV_leases"],
    ["gateway", "$JS.API.STREAM.DELETE.FLEET"],
    ["gateway", "$JS.API.STREAM.PURGE.FLEET"],
    ["gateway", "$JS.API.STREAM.MSG.DELETE.FLEET"],
    ["gateway", "changed.devices"],
  ] as const)("does not let a %s publish %s", async (user, subject) => {
    await expect(publishRaw(nats.port, subject, "{}", as(user))).rejects.toThrow(/Permissions Violation for Publish/);
  });

  it.each([
    ["projector", "_INBOX_gateway.>"],
    ["projector", "_ANSWER_gateway.>"],
    ["projector", "$KV.credentials.>"],
    ["reactors", ">"],
    ["historian", "query.>"],
    ["gateway", "_INBOX.>"],
  ] as const)("does not let a %s subscribe to %s", async (user, subject) => {
    await expect(subscribeRaw(nats.port, subject, as(user))).rejects.toThrow(/Permissions Violation for Subscription/);
  });

  it("lets an operator's tools do everything", async () => {
    const info = await requestRaw(nats.port, "$JS.API.STREAM.INFO.KV_credentials", {}, as("operator"));
    expect(info).toMatchObject({ config: { name: "KV_credentials" } });
    await subscribeRaw(nats.port, ">", as("operator"));
  });

  it("lets only a gateway update a stream that differs from its declaration", async () => {
    const larger = streams.map((declared) => ({ ...declared, maxBytes: 32 * MIB }));
    const maxBytes = async (role: NatsRole) => {
      const login = () => ({ user: role, password: passwords[role] });
      const backbone = await connectBackbone({ url: nats.url, name: role, role, login, streams: larger });
      open.push(backbone);
      return (await backbone.log.state("FLEET")).maxBytes;
    };
    expect(await maxBytes("projector")).toBe(16 * MIB);
    expect(await maxBytes("gateway")).toBe(32 * MIB);
  });
});

it("only a gateway makes a bucket; the other processes wait for it", async () => {
  const [errors, warned]: [object[], { readonly bucket?: string }[]] = [[], []];
  const [gateway, historian, reactors] = await Promise.all([
    connect("gateway"),
    connect("historian"),
    connect("reactors", errors, warned),
  ]);
  const opening = historian.buckets.open("api-keys", SHARED_BUCKETS["api-keys"]);
  const [made] = await Promise.all([gateway.buckets.open("api-keys", SHARED_BUCKETS["api-keys"]), opening]);
  await made.put("key.a", 1);
  expect((await (await opening).get("key.a"))?.value).toBe(1);
  const missing = () => expect(reactors.buckets.open("catalogues", { maxBytes: MIB })).rejects;
  await missing().toThrow("the bucket catalogues does not exist yet");
  // Later tries do not wait, and do not ask again for what was refused.
  const began = performance.now();
  await missing().toThrow("the bucket catalogues does not exist yet");
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(errors).toEqual([]);
  expect(warned.filter(({ bucket }) => bucket === "catalogues")).toHaveLength(1);
  const info = requestRaw(nats.port, "$JS.API.STREAM.INFO.KV_catalogues", {}, as("operator"));
  expect(await info).toMatchObject({ error: { err_code: 10_059 } });
  await gateway.buckets.open("catalogues", { maxBytes: MIB });
  expect(await (await reactors.buckets.open("catalogues", { maxBytes: MIB })).create("a", 1)).toBeGreaterThan(0);
}, 30_000);

it("another process makes a missing bucket if the server's permissions and the gateways are from an earlier release", async () => {
  const login = () => ({ user: "operator", password: passwords.operator });
  const reactors = await connectBackbone({ url: nats.url, name: "r", role: "reactors", login, streams });
  open.push(reactors);
  const bucket = await reactors.buckets.open("made-by-reactors", { maxBytes: MIB });
  expect(await bucket.create("a", 1)).toBeGreaterThan(0);
}, 30_000);

it("only a gateway changes a bucket's time to live; reactors log that it differs, and use the bucket", async () => {
  const warned: object[] = [];
  const [gateway, reactors] = await Promise.all([connect("gateway"), connect("reactors", [], warned)]);
  const options = { ttlMs: 60_000, maxBytes: MIB };
  await gateway.buckets.open("deliveries", options);
  const before = await reactors.buckets.open("deliveries", { ...options, ttlMs: 90_000 });
  expect(await before.create("a", 1)).toBeGreaterThan(0);
  expect(before.ttlMs).toBe(60_000);
  expect(warned).toContainEqual(expect.objectContaining({ bucket: "deliveries", ttlMs: 90_000 }));
  const again = await connect("gateway");
  await again.buckets.open("deliveries", { ...options, ttlMs: 90_000 });
  const info = await requestRaw(nats.port, "$JS.API.STREAM.INFO.KV_deliveries", {}, as("operator"));
  expect(info).toMatchObject({ config: { max_age: 90_000 * 1e6 } });
});

it("a projector's pull can store a report again, but no event of a decision, because that is stored with an expected sequence", async () => {
  const server = await startTestNats({ extra: launcherUsers(passwords) });
  const login = () => ({ user: "gateway", password: passwords.gateway });
  const briefly = streams.map((declared) => ({ ...declared, duplicateWindowMs: 100 }));
  const { log, close } = await connectBackbone({
    url: server.url,
    name: "g",
    role: "gateway",
    login,
    streams: briefly,
  });
  try {
    await log.append(event("decided"), { expectedLastSeq: 0 });
    const { seq } = await log.append(event("reported"));
    const config = { name: "c", ack_policy: "none", deliver_policy: "all", inactive_threshold: 60e9 };
    const create = { stream_name: "FLEET", config };
    await requestRaw(server.port, "$JS.API.CONSUMER.CREATE.FLEET.c", create, as("projector"));
    // The duplicate window is over.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const next = "$JS.API.CONSUMER.MSG.NEXT.FLEET.c fleet.event.a";
    await publishRaw(server.port, next, '{"batch":2,"no_wait":true}', as("projector"));
    // Readers recognise the repeat of a report by its id.
    await expect.poll(async () => (await log.state("FLEET")).lastSeq).toBe(seq + 1);
    expect((await log.last("event", "a"))?.id).toBe("reported");
  } finally {
    await close({ timeoutMs: 50 });
    await server.cleanup();
  }
});

describe("a log of an earlier release, whose server asked for no credential", () => {
  it("is found and continued", async () => {
    const server = await startTestNats();
    const anonymous = await connectBackbone({ url: server.url, name: "earlier", streams });
    await anonymous.log.append(event("earlier"));
    const bucket = await anonymous.buckets.open("credentials", { maxBytes: MIB });
    await bucket.put("device.a", { hash: "x" });
    await anonymous.close({ timeoutMs: 50 });
    await server.stop();
    await server.start({ extra: launcherUsers(passwords) });
    const login = () => ({ user: "gateway", password: passwords.gateway });
    const later = await connectBackbone({ url: server.url, name: "later", role: "gateway", login, streams });
    try {
      expect((await later.log.last("event", "a"))?.id).toBe("earlier");
      expect((await later.log.append(event())).seq).toBe(2);
      const kept = await later.buckets.open("credentials", { maxBytes: MIB });
      expect((await kept.get("device.a"))?.value).toEqual({ hash: "x" });
    } finally {
      await later.close({ timeoutMs: 50 });
      await server.cleanup();
    }
  });
});

describe("a client that reconnects", () => {
  it("logs in with the password that is valid at the reconnection", async () => {
    const before = newPasswords();
    const server = await startTestNats({ extra: launcherUsers(before) });
    let current = before;
    const login = () => ({ user: "gateway", password: current.gateway });
    const { log, close } = await connectBackbone({ url: server.url, name: "g", role: "gateway", login, streams });
    try {
      await log.append(event());
      current = newPasswords();
      await server.kill();
      await server.start({ extra: launcherUsers(current) });
      await log.append(event());
      expect((await log.state("FLEET")).lastSeq).toBe(2);
    } finally {
      await close({ timeoutMs: 50 });
      await server.cleanup();
    }
  });
});
