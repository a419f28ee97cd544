import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ChannelPage, ChannelResource, ChannelTest, DeliveryPage, PersonResource } from "@fleetlog/protocol";
import { LibpyiotcloudDevice } from "@fleetlog/simulators";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type HttpReceiver, startReceiver } from "../support/http-receiver.ts";
import { registerBoard } from "../support/libpyiotcloud.ts";
import { type MailServer, type ReceivedMail, startMailServer } from "../support/mail-server.ts";
import { SmsProviders } from "../support/sms/providers.ts";
import { snsError } from "../support/sms/sns.ts";
import { twilioError } from "../support/sms/twilio.ts";
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
      // For a device that sends messages.
      FLEETLOG_TLS: "auto",
      FLEETLOG_HTTPS_PORT: "0",
      FLEETLOG_MQTTS_PORT: "0",
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

describe("an SMS channel of a provider", () => {
  const account = { sid: `AC${"1".repeat(32)}`, token: "twilio-token" };
  const ofTwilio = { kind: "sms", provider: "twilio", accountSid: account.sid, from: "+15550100" };
  const aws = { region: "eu-central-1", accessKeyId: "AKIDEXAMPLE", secretAccessKey: "a/secret+key" };
  const ofSns = { kind: "sms", provider: "sns", senderId: "Fleet", ...aws };
  const providers = new SmsProviders({ twilio: account, sns: aws });
  const to = ["+4930123456"];
  const text = "Pump 7 & 8: 90 °C + 5 %? 🙂 * ~";

  const twilio = (more: object) => put("twilio", { ...ofTwilio, url: receiver.url, ...more });
  const sns = (more: object) => put("sns", { ...ofSns, url: `${receiver.url}/aws/`, ...more });

  it("sends in Twilio's form; a wrong log-in and a number that Twilio refuses are said without the number", async () => {
    receiver.answer((_, post) => providers.answer(post));
    await twilio({ to, authToken: account.token });
    expect(await test("twilio", { text })).toMatchObject({ state: "sent" });
    expect(providers.twilio).toEqual([{ to: to[0], from: "+15550100", text }]);
    await twilio({ to, authToken: "another" });
    expect(await test("twilio")).toMatchObject({ state: "given-up", reason: "it answered 401 (code 20003)" });
    await twilio({ to: ["+123456"], authToken: account.token });
    expect(await test("twilio")).toMatchObject({ state: "given-up", reason: "it answered 400 (code 21211)" });
    expect(providers.twilio).toHaveLength(1);
  });

  it("sends to Amazon SNS with a signature that the server finds right; a wrong key and number are said", async () => {
    receiver.answer((_, post) => providers.answer(post));
    await sns({ to });
    expect(await test("sns", { text })).toMatchObject({ state: "sent" });
    expect([providers.sns, providers.problems]).toEqual([[{ to: to[0], text, sender: "Fleet" }], []]);
    await sns({ to, secretAccessKey: "another" });
    expect(await test("sns")).toMatchObject({ state: "given-up", reason: "it answered 403 (SignatureDoesNotMatch)" });
    expect(providers.problems.splice(0)).toEqual(["the signature does not match"]);
    await sns({ to: ["+123456"] });
    expect(await test("sns")).toMatchObject({ state: "given-up", reason: "it answered 400 (InvalidParameter)" });
    expect(providers.sns).toHaveLength(1);
  });

  it("sends again what was answered 429 and 5xx, and loses nothing when the reactors are killed", async () => {
    receiver.answer((_, post) => providers.answer(post));
    await twilio({ to, authToken: account.token });
    await sns({ to });
    // A success ends the pauses of the failures before.
    for (const name of ["twilio", "sns"]) expect(await test(name)).toMatchObject({ state: "sent" });
    const refusals = {
      twilio: [{ ...twilioError(429, 20429, "Too Many Requests"), headers: { "retry-after": "1" } }, { status: 503 }],
      sns: [snsError(429, "Throttled", "Rate exceeded"), snsError(500, "InternalError", "try again")],
    };
    const held: string[] = [];
    let hold = true;
    receiver.answer((path, post) => {
      const name = path === "/aws/" ? "sns" : "twilio";
      const refusal = refusals[name].shift();
      if (refusal !== undefined) return refusal;
      const answer = providers.answer(post);
      if (!hold) return answer;
      held.push(name);
      return "none";
    });
    const device = new LibpyiotcloudDevice({
      url: `mqtts://127.0.0.1:${stack.gateways[0]?.process.ready.mqttsPort}`,
      program: "python",
      scenario: "answers",
      ...(await registerBoard(stack.api)),
    });
    await device.start();
    const texts = (name: string) => Array.from({ length: 4 }, (_, i) => `${name} ${i}`);
    try {
      for (const [name, change] of [
        ["twilio", twilio],
        ["sns", sns],
      ] as const) {
        const before = (await deliveries(name)).length;
        await change({ devices: true });
        await eventually(async () => {
          const { items } = (await stack.api.call<ChannelPage>("GET", "/api/channels")).body;
          expect(items.filter(({ devices }) => devices).map(({ id }) => id)).toEqual([name]);
        });
        for (const message of texts(name)) device.notify({ recipient: "+4930123457", message });
        await eventually(async () => expect(await deliveries(name)).toHaveLength(before + 4));
        await change({ to });
      }
      await eventually(() => expect(held.sort()).toEqual(["sns", "twilio"]));
    } finally {
      await device.stop();
    }
    await killReactors(() => {
      hold = false;
    });
    for (const name of ["twilio", "sns"] as const) {
      await eventually(async () => {
        const found = (await deliveries(name)).slice(0, 4);
        expect(found.map(({ state }) => state)).toEqual(texts(name).map(() => "sent"));
        // The first was refused twice; the try that the kill has ended is not counted.
        expect(found.map(({ attempts }) => attempts).sort()).toEqual([1, 1, 1, 3]);
      }, 40_000);
      const sent = providers[name].filter((message) => message.to === "+4930123457").map((message) => message.text);
      // The providers can't tell a repetition, so what was taken when the kill came goes out twice, and nothing else.
      expect(sent).toEqual([`${name} 0`, ...texts(name)]);
    }
    expect(providers.problems).toEqual([]);
  }, 120_000);
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
