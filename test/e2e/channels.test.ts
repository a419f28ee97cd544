import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ChannelPage, ChannelResource, ChannelTest, DeliveryPage, PersonResource } from "@fleetlog/protocol";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type HttpReceiver, startReceiver } from "../support/http-receiver.ts";
import { type MailServer, type ReceivedMail, startMailServer } from "../support/mail-server.ts";
import { type Stack, startStack } from "../support/stack.ts";

const sample = fileURLToPath(new URL("../../simulators/samples/webhook.mjs", import.meta.url));
let stack: Stack;
let mail: MailServer;
let receiver: HttpReceiver;
beforeAll(async () => {
  mail = await startMailServer();
  receiver = await startReceiver();
  stack = await startStack({
    env: {
      FLEETLOG_SMTP_URL: mail.url,
      FLEETLOG_MAIL_FROM: "fleetlog@example.org",
      FLEETLOG_CHANNEL_NETWORKS: "127.0.0.1",
    },
  });
}, 60_000);
afterEach(() => receiver.answer(undefined));
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await mail.stop();
  await receiver[Symbol.asyncDispose]();
});

const put = async (id: string, body: object) => {
  const { status, body: channel } = await stack.api.call<ChannelResource>("PUT", `/api/channels/${id}`, body);
  expect([200, 201]).toContain(status);
  return channel;
};
const test = async (id: string, body?: object) =>
  (await stack.api.call<ChannelTest>("POST", `/api/channels/${id}/test`, body)).body;
const deliveries = async (id: string) =>
  (await stack.api.call<DeliveryPage>("GET", `/api/channels/${id}/deliveries?limit=200`)).body.items;
const at = (path: string) => receiver.posts.filter((post) => post.path === path);
const register = (ids: readonly string[], tags: string[]) =>
  stack.api.call("POST", "/api/devices/batch", { devices: ids.map((id) => ({ id, tags })) });

async function killReactors(meanwhile: () => void = () => {}) {
  const [reactors] = stack.reactors;
  await reactors?.process.kill();
  meanwhile();
  await reactors?.restart();
}

describe("a test of a channel", () => {
  it("sends a mail, an SMS and a signed request, and says that they were taken", async () => {
    await put("mails", { kind: "email", to: ["duty@example.org"] });
    await put("texts", { kind: "sms", provider: "http", url: `${receiver.url}/sms`, to: ["+4930123456"], token: "t" });
    await put("hook", { kind: "webhook", url: `${receiver.url}/hook` });
    for (const id of ["mails", "texts", "hook"])
      expect(await test(id, { text: "hello" })).toMatchObject({ state: "sent" });
    expect(mail.newest("duty@example.org")?.text).toContain("hello");
    expect(at("/sms")[0]?.headers).toMatchObject({ authorization: "Bearer t", "idempotency-key": expect.any(String) });
    expect(JSON.parse(at("/sms")[0]?.body ?? "")).toMatchObject({ to: "+4930123456", text: "hello" });
    expect(JSON.parse(at("/hook")[0]?.body ?? "")).toMatchObject([{ type: "ChannelTest", data: { text: "hello" } }]);
    expect(at("/hook")[0]?.headers["content-type"]).toMatch(/^application\/cloudevents-batch\+json/);
  });

  it("says why it failed, and that nothing is sent to addresses that are not allowed", async () => {
    mail.refuse(() => ({ code: 550, text: "5.1.1 no such user" }));
    expect(await test("mails")).toMatchObject({ state: "given-up", reason: expect.stringContaining("550") });
    mail.refuse(undefined);
    receiver.answer(() => 500);
    expect(await test("texts")).toMatchObject({ state: "given-up", reason: "it answered 500" });
    for (const url of ["https://169.254.169.254/latest", "https://[::1]/", "https://10.0.0.1/", "http://127.0.0.2/"]) {
      await put("inside", { kind: "webhook", url });
      expect(await test("inside")).toMatchObject({ state: "given-up", reason: expect.stringContaining("must not be") });
    }
    await eventually(async () => {
      const { items } = (await stack.api.call<ChannelPage>("GET", "/api/channels")).body;
      expect(items.find(({ id }) => id === "texts")?.health).toMatchObject({
        state: "failing",
        error: "it answered 500",
      });
    });
  });

  it("is checked by the sample receiver with the channel's key, or the previous one", async () => {
    const made = await put("checked", { kind: "webhook", url: `${receiver.url}/unused` });
    const { secret = "" } = made;
    expect((await stack.api.call<ChannelResource>("GET", "/api/channels/checked")).body).not.toHaveProperty("secret");
    const child = spawn(process.execPath, [sample, "0"], { env: { ...process.env, WEBHOOK_SECRET: secret } });
    try {
      let output = "";
      child.stdout.on("data", (text: Buffer) => {
        output += text;
      });
      const port = await eventually(() => {
        const found = /listening on (\d+)/.exec(output)?.[1];
        expect(found).toBeDefined();
        return found;
      });
      await put("checked", { kind: "webhook", url: `http://127.0.0.1:${port}/` });
      expect(await test("checked", { text: "signed" })).toMatchObject({ state: "sent" });
      await eventually(() => expect(output).toContain('ChannelTest  {"text":"signed"'));
      const rotate = () => put("checked", { kind: "webhook", url: `http://127.0.0.1:${port}/`, rotateSecret: true });
      expect((await rotate()).secret).not.toBe(secret);
      // The previous key also signs for a day.
      expect(await test("checked")).toMatchObject({ state: "sent" });
      await rotate();
      expect(await test("checked")).toMatchObject({ state: "given-up", reason: "it answered 401" });
    } finally {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    }
  });
});

describe("an email channel with a mail server of its own", () => {
  it("sends by that server only, and by none that is not allowed", async () => {
    const own = await startMailServer();
    const smtpPort = Number(new URL(own.url).port);
    const channel = { kind: "email", to: ["own@example.org"], smtpTls: "none", from: "Pumps <pumps@example.org>" };
    try {
      await put("own", { ...channel, smtpHost: "127.0.0.1", smtpPort });
      expect(await test("own", { text: "by its own server" })).toMatchObject({ state: "sent" });
      expect(own.newest("own@example.org")?.text).toContain("by its own server");
      expect(mail.newest("own@example.org")).toBeUndefined();
      await put("own", { ...channel, smtpHost: "127.0.0.3", smtpPort });
      expect(await test("own")).toMatchObject({ state: "given-up", reason: expect.stringContaining("must not be") });
      // The server offers no TLS.
      await put("own", { ...channel, smtpHost: "127.0.0.1", smtpPort, smtpTls: "starttls" });
      expect(await test("own")).toMatchObject({ state: "given-up", reason: expect.stringContaining("mail server") });
      expect(own.mails).toHaveLength(1);
    } finally {
      await own.stop();
    }
  });
});

describe("when the reactors are killed", () => {
  it("no message is lost, and a message that was sent twice has the same key", async () => {
    const texts = Array.from({ length: 8 }, (_, i) => `message ${i}`);
    const before = at("/sms").length;
    receiver.answer((path) => (path === "/sms" ? "none" : undefined));
    const sending = texts.map((text) => test("texts", { text }));
    await eventually(() => expect(at("/sms").length).toBeGreaterThan(before));
    await killReactors(() => receiver.answer(undefined));
    await Promise.all(sending);
    await eventually(async () => {
      const states = (await deliveries("texts")).slice(0, texts.length).map(({ state }) => state);
      expect(states).toEqual(texts.map(() => "sent"));
    }, 40_000);
    const received = at("/sms").slice(before);
    const byKey = new Map(received.map(({ headers, body }) => [headers["idempotency-key"], JSON.parse(body).text]));
    expect([...byKey.values()].sort()).toEqual(texts);
    expect(received.length).toBe(texts.length + 1);
  }, 90_000);

  it.each(["received", "accepted"] as const)(
    "a mail is not lost that the server has %s when the reactors are killed: it comes again, with the same Message-ID",
    async (what) => {
      await put("mails", { kind: "email", to: ["duty@example.org"] });
      const address = `${what}@example.org`;
      const to = [address, "duty@example.org"] as const;
      const textOf = (mail: ReceivedMail) => mail.to.includes(address) || mail.text.includes(`cut when ${what}`);
      const server = mail.hold(what);
      const invited = await stack.api.call<PersonResource>("POST", "/api/people", { email: address, role: "viewer" });
      expect(invited.status).toBe(201);
      const testing = test("mails", { text: `cut when ${what}` });
      await eventually(() => expect(server.held()).toBe(2));
      await killReactors(() => server.release());
      await testing;
      await eventually(async () => {
        const [newest] = await deliveries("mails");
        expect(newest).toMatchObject({ state: "sent" });
        const { body: person } = await stack.api.call<PersonResource>("GET", `/api/people/${invited.body.id}`);
        expect(person.mail).toMatchObject({ purpose: "invitation", state: "sent" });
        for (const one of to)
          expect(mail.mails.filter((each) => each.to.includes(one) && textOf(each)).length).toBe(
            what === "accepted" ? 2 : 1,
          );
      }, 60_000);
      // The server can't tell a repetition, but a mailbox shows equal Message-IDs once.
      for (const one of to) {
        const ids = mail.mails
          .filter((each) => each.to.includes(one) && textOf(each))
          .map(({ messageId }) => messageId);
        expect(new Set(ids).size).toBe(1);
      }
    },
    120_000,
  );

  it("a webhook gets every event of its filter, those of each device in order", async () => {
    await put("feed", {
      kind: "webhook",
      url: `${receiver.url}/feed`,
      events: { categories: ["device"], tags: ["roof"] },
    });
    const ids = (group: number, word: string) => Array.from({ length: 60 }, (_, i) => `${word}-${group}-${i}`);
    receiver.answer((path) => (path === "/feed" ? 503 : undefined));
    await register(ids(1, "roof"), ["roof"]);
    await register(ids(1, "hall"), ["hall"]);
    await eventually(() => expect(at("/feed")).not.toEqual([]));
    await killReactors(() => receiver.answer(undefined));
    await register(ids(2, "roof"), ["roof"]);
    await killReactors();
    await register(ids(3, "roof"), ["roof"]);
    const wanted = [1, 2, 3].flatMap((group) => ids(group, "roof"));
    await eventually(() => {
      const events = at("/feed").flatMap(({ body }) => JSON.parse(body) as { data: { device: string }; seq: number }[]);
      expect(new Set(events.map(({ data }) => data.device))).toEqual(new Set(wanted));
    }, 90_000);
    const requests = new Map(at("/feed").map(({ headers, body }) => [headers["webhook-id"], body]));
    const first = new Map<number, number>();
    for (const [index, body] of [...requests.values()].entries())
      for (const { seq } of JSON.parse(body) as { seq: number }[]) if (!first.has(seq)) first.set(seq, index);
    const order = [...first].sort((a, b) => a[1] - b[1] || a[0] - b[0]).map(([seq]) => seq);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    await eventually(async () => {
      const { health } = (await stack.api.call<ChannelResource>("GET", "/api/channels/feed")).body;
      expect(health).toMatchObject({ state: "working", waiting: 0 });
    });
  }, 240_000);
});
