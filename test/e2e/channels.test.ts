import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ChannelResource } from "@fleetlog/protocol";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ChannelStack } from "../support/channel-stack.ts";
import { eventually } from "../support/eventually.ts";
import { startMailServer } from "../support/mail-server.ts";
import { killedReactors } from "./channels/killed-reactors.ts";
import { smsProviders } from "./channels/sms-providers.ts";

const sample = fileURLToPath(new URL("../../simulators/samples/webhook.mjs", import.meta.url));
let on: ChannelStack;
beforeAll(async () => {
  on = await ChannelStack.start();
}, 60_000);
afterEach(() => on.receiver.answer(undefined));
afterAll(() => on.stop());

describe("a test of a channel", () => {
  it("sends a mail, an SMS and a signed request, and says that they were taken", async () => {
    await on.put("mails", { kind: "email", to: ["duty@example.org"] });
    await on.put("texts", {
      kind: "sms",
      provider: "http",
      url: `${on.receiver.url}/sms`,
      to: ["+4930123456"],
      token: "t",
    });
    await on.put("hook", { kind: "webhook", url: `${on.receiver.url}/hook` });
    for (const id of ["mails", "texts", "hook"])
      expect(await on.test(id, { text: "hello" })).toMatchObject({ state: "sent" });
    expect(on.mail.newest("duty@example.org")?.text).toContain("hello");
    expect(on.postsAt("/sms")[0]?.headers).toMatchObject({
      authorization: "Bearer t",
      "idempotency-key": expect.any(String),
    });
    expect(JSON.parse(on.postsAt("/sms")[0]?.body ?? "")).toMatchObject({ to: "+4930123456", text: "hello" });
    expect(JSON.parse(on.postsAt("/hook")[0]?.body ?? "")).toMatchObject([
      { type: "ChannelTest", data: { text: "hello" } },
    ]);
    expect(on.postsAt("/hook")[0]?.headers["content-type"]).toMatch(/^application\/cloudevents-batch\+json/);
  });

  it("says why it failed, even if the channel's address is not allowed", async () => {
    on.mail.refuse(() => ({ code: 550, text: "5.1.1 no such user" }));
    expect(await on.test("mails")).toMatchObject({ state: "given-up", reason: expect.stringContaining("550") });
    on.mail.refuse(undefined);
    on.receiver.answer(() => 500);
    expect(await on.test("texts")).toMatchObject({ state: "given-up", reason: "it answered 500" });
    for (const url of ["https://169.254.169.254/latest", "https://[::1]/", "https://10.0.0.1/", "http://127.0.0.2/"]) {
      await on.put("inside", { kind: "webhook", url });
      expect(await on.test("inside")).toMatchObject({
        state: "given-up",
        reason: expect.stringContaining("must not be"),
      });
    }
    await eventually(async () => {
      const items = await on.list();
      expect(items.find(({ id }) => id === "texts")?.health).toMatchObject({
        state: "failing",
        error: "it answered 500",
      });
    });
  });

  it("is checked by the sample receiver with the channel's key, or the previous one", async () => {
    const made = await on.put("checked", { kind: "webhook", url: `${on.receiver.url}/unused` });
    const { secret = "" } = made;
    expect((await on.stack.api.call<ChannelResource>("GET", "/api/channels/checked")).body).not.toHaveProperty(
      "secret",
    );
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
      await on.put("checked", { kind: "webhook", url: `http://127.0.0.1:${port}/` });
      expect(await on.test("checked", { text: "signed" })).toMatchObject({ state: "sent" });
      await eventually(() => expect(output).toContain('ChannelTest  {"text":"signed"'));
      const rotate = () => on.put("checked", { kind: "webhook", url: `http://127.0.0.1:${port}/`, rotateSecret: true });
      expect((await rotate()).secret).not.toBe(secret);
      // The previous key also signs for a day.
      expect(await on.test("checked")).toMatchObject({ state: "sent" });
      await rotate();
      expect(await on.test("checked")).toMatchObject({ state: "given-up", reason: "it answered 401" });
    } finally {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    }
  });
});

describe("an email channel with a mail server of its own", () => {
  it("sends by that server only, and not at all if the server's address or its lack of TLS is not allowed", async () => {
    const own = await startMailServer();
    const smtpPort = Number(new URL(own.url).port);
    const channel = { kind: "email", to: ["own@example.org"], smtpTls: "none", from: "Pumps <pumps@example.org>" };
    try {
      await on.put("own", { ...channel, smtpHost: "127.0.0.1", smtpPort });
      expect(await on.test("own", { text: "by its own server" })).toMatchObject({ state: "sent" });
      expect(own.newest("own@example.org")?.text).toContain("by its own server");
      expect(on.mail.newest("own@example.org")).toBeUndefined();
      await on.put("own", { ...channel, smtpHost: "127.0.0.3", smtpPort });
      expect(await on.test("own")).toMatchObject({ state: "given-up", reason: expect.stringContaining("must not be") });
      // The server offers no TLS.
      await on.put("own", { ...channel, smtpHost: "127.0.0.1", smtpPort, smtpTls: "starttls" });
      expect(await on.test("own")).toMatchObject({ state: "given-up", reason: expect.stringContaining("mail server") });
      expect(own.mails).toHaveLength(1);
    } finally {
      await own.stop();
    }
  });
});

// These suites use the stack above.
smsProviders(() => on);
killedReactors(() => on);
