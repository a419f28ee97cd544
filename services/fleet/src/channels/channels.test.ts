import type { Channel } from "@fleetlog/domain";
import type { ChannelMessage } from "@fleetlog/identity";
import { beforeEach, describe, expect, it } from "vitest";
import { personCaller } from "../caller.ts";
import { person, testCaller } from "../testing/callers.ts";
import { type TestFleet, testFleet } from "../testing/test-fleet.ts";
import { deleteChannel, putChannel } from "./define.ts";
import { findDelivery, recordChannelDelivery, requestDelivery, sendDeviceMessage, testChannel } from "./deliver.ts";
import { shownSettings } from "./settings.ts";

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await testFleet();
});
const owner = personCaller(person("ada", "owner"), "c1");
const hook = { kind: "webhook", url: "https://example.org/in" } as const;
const mailer = { kind: "email" as const, to: ["a@b.example"], smtpHost: "mail.example" };
const put = (name: string, body: Parameters<typeof putChannel>[3]) =>
  putChannel(fleet, owner, { name }, body, { now: NOW });
const NOW = 1_000;
const main = (name: string) => ({ name, account: "main" });

describe("a channel", () => {
  it("gets a signing secret once, keeps it, and has none of its settings in the log", async () => {
    const made = await put("hook", { ...hook, headers: { Authorization: "Bearer swordfish" } });
    expect(made.secret).toMatch(/^whsec_/);
    const again = await put("hook", { ...hook, description: "Alarms" });
    expect(again.secret).toBeUndefined();
    expect(again.settings).toEqual(made.settings);
    expect((await put("hook", { ...hook, description: "Alarms" })).seq).toBe(again.seq);
    const rotated = await put("hook", { ...hook, rotateSecret: true });
    expect(rotated.secret).not.toBe(made.secret);
    const previous = { secret: made.secret, until: NOW + 86_400_000 };
    expect(rotated.settings).toMatchObject({ secret: rotated.secret, previous });
    const kept = await put("hook", { ...hook, description: "Alarms of hall 1" });
    expect(kept.settings).toEqual(rotated.settings);
    const log = JSON.stringify(await fleet.events());
    for (const secret of [made.secret, "example.org", "swordfish"]) expect(log).not.toContain(secret);
    expect(shownSettings(rotated.settings)).toEqual({ url: hook.url, has: ["secret", "headers"] });
  });

  it("drops the receiver's secrets when the receiver changes, until they are given again", async () => {
    await put("hook", { ...hook, headers: { Authorization: "Bearer swordfish" } });
    const moved = { ...hook, url: "https://other.example/in" };
    await expect(put("hook", moved)).rejects.toMatchObject({ field: "headers" });
    expect((await put("hook", { ...moved, headers: {} })).settings).toMatchObject({ url: moved.url, headers: {} });
  });

  it.each<[string, Parameters<typeof putChannel>[3], string]>([
    ["a webhook without URL", { kind: "webhook" }, "url"],
    ["another scheme", { kind: "webhook", url: "file:///etc/passwd" }, "url"],
    ["a login in the URL", { kind: "webhook", url: "https://a:b@example.org" }, "url"],
    ["recipients of a webhook", { ...hook, to: ["ada@example.org"] }, "to"],
    ["a header of the transport", { ...hook, headers: { Host: "x" } }, "headers"],
    ["a header that breaks the request", { ...hook, headers: { X: "a\r\nB: c" } }, "headers"],
    ["a short secret", { ...hook, secret: "whsec_c2hvcnQ=" }, "secret"],
    ["no recipients", { kind: "email" }, "to"],
    ["a limit for devices, which may not use it", { ...mailer, messagesPerDevice: 5 }, "messagesPerDevice"],
    ["a limit for devices, although it is a webhook", { ...hook, messagesPerDay: 5 }, "messagesPerDay"],
    ["no address", { kind: "email", to: ["ada"] }, "to[0]"],
    ["no number", { kind: "sms", provider: "sns", to: ["015112"] }, "region"],
    ["SMS without provider", { kind: "sms", to: ["+4915112345"] }, "provider"],
    ["Twilio without token", { kind: "sms", provider: "twilio", to: [], accountSid: "a", from: "b" }, "authToken"],
    ["a port without mail server", { kind: "email", to: ["a@b.example"], smtpPort: 25 }, "smtpPort"],
    ["a URL as mail server", { ...mailer, smtpHost: "smtp://x" }, "smtpHost"],
    ["a user without password", { ...mailer, smtpUser: "u" }, "smtpPassword"],
    ["a password without user", { ...mailer, smtpPassword: "p" }, "smtpUser"],
    ["a password without TLS", { ...mailer, smtpUser: "u", smtpPassword: "p", smtpTls: "none" }, "smtpTls"],
    ["a sender that is no address", { ...mailer, from: "pumps" }, "from"],
    ["a mail server of a webhook", { ...hook, smtpHost: "mail.example" }, "smtpHost"],
    ["a provider of email", { kind: "email", to: ["a@b.example"], provider: "sns" }, "provider"],
  ])("is refused with %s", async (_, body, field) => {
    await expect(put("x", body)).rejects.toMatchObject({ code: "invalid-request", field });
  });

  it("keeps the password of its mail server, and needs it again when the server or its TLS changes", async () => {
    const login = { ...mailer, smtpUser: "u" };
    const made = await put("mails", { ...login, smtpPassword: "secret-p" });
    expect((await put("mails", { ...login, description: "d" })).settings).toEqual(made.settings);
    expect((await put("mails", { ...login, smtpTls: "starttls" })).settings).toMatchObject({
      smtpPassword: "secret-p",
    });
    expect(shownSettings(made.settings)).toEqual({
      ...{ to: ["a@b.example"], smtpHost: "mail.example", smtpUser: "u" },
      has: ["smtpPassword"],
    });
    for (const changed of [{ smtpHost: "other.example" }, { smtpPort: 26 }, { smtpTls: "implicit" as const }])
      await expect(put("mails", { ...login, ...changed })).rejects.toMatchObject({ field: "smtpPassword" });
    expect((await put("mails", { kind: "email", to: ["a@b.example"] })).settings).not.toHaveProperty("smtpPassword");
    expect(JSON.stringify(await fleet.events())).not.toContain("secret-p");
  });

  it("is changed only by owners who are not limited to tags", async () => {
    const operator = testCaller("lee", "c2");
    await expect(putChannel(fleet, operator, { name: "x" }, hook, { now: NOW })).rejects.toMatchObject({
      code: "forbidden",
    });
    const limited = personCaller({ ...person("bo", "owner"), scope: { tags: ["roof"] } }, "c3");
    await expect(putChannel(fleet, limited, { name: "x" }, hook, { now: NOW })).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  it("is deleted with its settings", async () => {
    const { definition } = await put("hook", hook);
    await deleteChannel(fleet, owner, { name: "hook" });
    expect(await fleet.channels.settings("hook", (definition as Channel).settings)).toBeUndefined();
    await expect(deleteChannel(fleet, owner, { name: "hook" })).rejects.toMatchObject({ code: "channel-unknown" });
  });

  it("keeps its settings if a change is refused", async () => {
    const { definition } = await put("hook", hook);
    const refused = putChannel(
      fleet,
      owner,
      { name: "hook" },
      { ...hook, url: "https://b.example" },
      { now: NOW, ifRevision: ["99"] },
    );
    await expect(refused).rejects.toMatchObject({ code: "precondition-failed" });
    const { buckets } = fleet.backbone;
    expect(await (await buckets.open("channels", { maxBytes: 1 })).entries()).toHaveLength(1);
    expect(await fleet.channels.settings("hook", (definition as Channel).settings)).toMatchObject({ url: hook.url });
  });
});

describe("a test message", () => {
  it("is recorded with its author and the channel, before it is requested, and never with an address", async () => {
    await put("mine", { kind: "email", to: ["ada@example.org"] });
    const [id = ""] = await testChannel(fleet, owner, { name: "mine" }, { text: "hello", to: ["bob@example.org"] });
    await testChannel(fleet, owner, { name: "mine" }, { text: "hello" });
    const tested = await fleet.events("ChannelTested");
    expect(tested.map(({ data }) => data)).toEqual([
      { name: "mine", elsewhere: true, by: "ada" },
      { name: "mine", by: "ada" },
    ]);
    const seqs = { atLeast: tested.at(-1)?.seq ?? 0 };
    const acts = await fleet.views.query("acts.list", { people: true, action: "channel.test" }, seqs);
    expect(acts).toMatchObject({ total: 2, items: [{ by: "ada", entity: "mine", event: "ChannelTested" }, {}] });
    const whole = JSON.stringify([await fleet.events(), await findDelivery(fleet, id)]);
    for (const text of ["bob@", "ada@", "hello"]) expect(whole).not.toContain(text);
  });

  it("is not recorded if it is refused", async () => {
    await put("mine", { kind: "email", to: ["ada@example.org"] });
    await expect(testChannel(fleet, owner, { name: "mine" }, { text: "x", to: ["no address"] })).rejects.toThrow();
    await expect(testChannel(fleet, owner, { name: "other" }, { text: "x" })).rejects.toThrow();
    expect(await fleet.events("ChannelTested")).toEqual([]);
  });

  it("does not change the channel", async () => {
    const { definition } = await put("mine", { kind: "email", to: ["ada@example.org"] });
    await testChannel(fleet, owner, { name: "mine" }, { text: "x" });
    const found = await fleet.views.query("channels.get", { name: "mine", account: "main" }, { whenAway: "wait" });
    expect(found).toMatchObject({ settings: (definition as Channel).settings });
    expect((await put("mine", { kind: "email", to: ["ada@example.org"] })).definition).toEqual(definition);
  });
});

describe("a message", () => {
  it.each([
    ["number", { kind: "sms", provider: "http", url: "https://sms.example", to: ["+4915112345", "+4915112346"] }],
    ["address", { kind: "email", to: ["ada@example.org", "bob@example.org"] }],
  ] as const)("is requested for each %s, and its text is kept apart from the log", async (_, { to, ...channel }) => {
    await put("duty", { ...channel, to: [...to] });
    const ids = await requestDelivery(fleet, owner, main("duty"), { message: { text: "hot" }, purpose: "message" });
    expect(await Promise.all(ids.map((id) => fleet.channels.message(id)))).toEqual(
      to.map((one) => ({ to: [one], text: "hot" })),
    );
    expect(await findDelivery(fleet, ids[0] ?? "")).toMatchObject({ status: "waiting", channel: "duty" });
    const [health] = await fleet.views.query("channels.health", { channels: [main("duty")] }, { whenAway: "wait" });
    expect(health).toMatchObject({ state: "unused", waiting: 2 });
  });

  it("is requested for the remaining recipients when an interrupted request is repeated", async () => {
    const to = ["ada@example.org", "bob@example.org", "eve@example.org"];
    await put("duty", { kind: "email", to });
    let kept = 0;
    const channels = {
      settings: (entity: string, id: string) => fleet.channels.settings(entity, id),
      keepMessage(id: string, message: ChannelMessage) {
        if (++kept === 2) throw new Error("killed");
        return fleet.channels.keepMessage(id, message);
      },
    };
    const requested = { message: { text: "hot" }, purpose: "message", id: "m" } as const;
    const request = () => requestDelivery({ ...fleet, channels: channels as never }, owner, main("duty"), requested);
    await expect(request()).rejects.toThrow("killed");
    for (let i = 0; i < 2; i++) expect(await request()).toEqual(["m", "m-1", "m-2"]);
    expect(kept).toBe(4);
    for (const [i, id] of ["m", "m-1", "m-2"].entries())
      expect(await fleet.channels.message(id)).toEqual({ to: [to[i]], text: "hot" });
    const { total } = await fleet.views.query("deliveries.list", { channel: "duty" }, { whenAway: "wait" });
    expect(total).toBe(3);
  });

  it("from a device is sent through the channel that devices may use", async () => {
    await put("mine", { kind: "email", to: ["ada@example.org"] });
    const caller = { principal: { kind: "device", id: "pump" }, by: "pump" } as const;
    const send = () =>
      sendDeviceMessage(
        fleet,
        caller,
        { device: "pump", account: "main" },
        { recipient: "bob@example.org", text: "x" },
      );
    await expect(send()).rejects.toMatchObject({ code: "channel-unknown" });
    await put("open", { kind: "email", devices: true });
    const [id = ""] = await send();
    expect(await findDelivery(fleet, id)).toMatchObject({ channel: "open", device: "pump" });
    expect(await fleet.channels.message(id)).toEqual({ to: ["bob@example.org"], text: "x" });
    await expect(
      sendDeviceMessage(fleet, caller, { device: "other", account: "main" }, { recipient: "b@c.example", text: "x" }),
    ).rejects.toMatchObject({ code: "device-unknown" });
  });

  it("from a device is refused at a limit of the channel; the refusal is recorded once a day", async () => {
    const limits = { messagesPerDevice: 2, messagesPerDay: 3 };
    await put("open", { kind: "email", devices: true, ...limits });
    const send = (device: string, id: string) => {
      const caller = { principal: { kind: "device", id: device }, by: device } as const;
      const message = { recipient: "bob@example.org", text: "x" };
      return sendDeviceMessage(fleet, caller, { device, account: "main" }, message, id);
    };
    for (const id of ["a", "b", "b"]) expect(await send("pump", id)).toEqual([id]);
    const ofDevice = { code: "limit-reached", message: expect.stringMatching(/pump .* 2 emails of the day .* open/) };
    for (const id of ["c", "d"]) await expect(send("pump", id)).rejects.toMatchObject(ofDevice);
    await send("fan", "e");
    for (const id of ["f", "g"])
      await expect(send("fan", id)).rejects.toMatchObject({
        message: expect.stringMatching(/^devices have .* 3 emails/),
      });
    const { items } = await fleet.views.query("deliveries.list", { channel: "open" }, { whenAway: "wait" });
    expect(items.map(({ state, device }) => `${device} ${state}`)).toEqual([
      ...["fan refused", "fan waiting"],
      ...["pump refused", "pump waiting", "pump waiting"],
    ]);
    const [health] = await fleet.views.query("channels.health", { channels: [main("open")] }, { whenAway: "wait" });
    expect(health).toMatchObject({
      state: "unused",
      waiting: 3,
      failures: 0,
      refusal: expect.stringMatching(/^devices/),
    });
  });

  it("has one outcome, however often an outcome is recorded", async () => {
    await put("mine", { kind: "email", to: ["ada@example.org"] });
    const [id = ""] = await testChannel(fleet, owner, { name: "mine" }, { text: "hello" });
    const about = { delivery: id, channel: "mine", by: "system", attempt: 1 };
    const failed = { type: "RecordDeliveryFailed", ...about, reason: "away" } as const;
    const sent = { type: "RecordDeliverySent", ...about, attempt: 2 } as const;
    for (const command of [failed, failed, sent, sent, { ...failed, attempt: 3 }])
      await recordChannelDelivery(fleet, owner, "main", command);
    const types: string[] = [];
    for await (const { type } of fleet.log.read({ stream: "DELIVERY" })) types.push(type);
    expect(types).toEqual(["DeliveryRequested", "DeliveryFailed", "DeliverySent"]);
    const { items } = await fleet.views.query("deliveries.list", { channel: "mine" }, { whenAway: "wait" });
    expect(items).toMatchObject([{ id, state: "sent", attempts: 2, purpose: "test" }]);
  });
});
