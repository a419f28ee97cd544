import type { ChannelResource, PersonResource } from "@fleetlog/protocol";
import { beforeAll, describe, expect, it } from "vitest";
import type { ChannelStack } from "../../support/channel-stack.ts";
import { eventually } from "../../support/eventually.ts";
import type { ReceivedMail } from "../../support/mail-server.ts";

export function killedReactors(started: () => ChannelStack): void {
  describe("when the reactors are killed", () => {
    let on: ChannelStack;
    beforeAll(() => {
      on = started();
    });

    it("no message is lost, and a message that was sent twice has the same key", async () => {
      const texts = Array.from({ length: 8 }, (_, i) => `message ${i}`);
      const before = on.postsAt("/sms").length;
      on.receiver.answer((path) => (path === "/sms" ? "none" : undefined));
      const sending = texts.map((text) => on.test("texts", { text }));
      await eventually(() => expect(on.postsAt("/sms").length).toBeGreaterThan(before));
      await on.killReactors(() => on.receiver.answer(undefined));
      await Promise.all(sending);
      await eventually(async () => {
        const states = (await on.deliveries("texts")).slice(0, texts.length).map(({ state }) => state);
        expect(states).toEqual(texts.map(() => "sent"));
      }, 40_000);
      const received = on.postsAt("/sms").slice(before);
      const byKey = new Map(received.map(({ headers, body }) => [headers["idempotency-key"], JSON.parse(body).text]));
      expect([...byKey.values()].sort()).toEqual(texts);
      expect(received.length).toBe(texts.length + 1);
    }, 90_000);

    it.each(["received", "accepted"] as const)(
      "a mail that the server has %s when the reactors are killed is sent again with the same Message-ID",
      async (what) => {
        await on.put("mails", { kind: "email", to: ["duty@example.org"] });
        const address = `${what}@example.org`;
        const to = [address, "duty@example.org"] as const;
        const textOf = (mail: ReceivedMail) => mail.to.includes(address) || mail.text.includes(`cut when ${what}`);
        const server = on.mail.hold(what);
        const invited = await on.stack.api.call<PersonResource>("POST", "/api/people", {
          email: address,
          role: "viewer",
        });
        expect(invited.status).toBe(201);
        const testing = on.test("mails", { text: `cut when ${what}` });
        await eventually(() => expect(server.held()).toBe(2));
        await on.killReactors(() => server.release());
        await testing;
        await eventually(async () => {
          const [newest] = await on.deliveries("mails");
          expect(newest).toMatchObject({ state: "sent" });
          const { body: person } = await on.stack.api.call<PersonResource>("GET", `/api/people/${invited.body.id}`);
          expect(person.mail).toMatchObject({ purpose: "invitation", state: "sent" });
          for (const one of to)
            expect(on.mail.mails.filter((each) => each.to.includes(one) && textOf(each)).length).toBe(
              what === "accepted" ? 2 : 1,
            );
        }, 60_000);
        // A mail server does not recognize a repeated mail, but a mailbox shows mails with the same Message-ID once.
        for (const one of to) {
          const ids = on.mail.mails
            .filter((each) => each.to.includes(one) && textOf(each))
            .map(({ messageId }) => messageId);
          expect(new Set(ids).size).toBe(1);
        }
      },
      120_000,
    );

    it("a webhook gets every event that its filter matches, in order for each device", async () => {
      await on.put("feed", {
        kind: "webhook",
        url: `${on.receiver.url}/feed`,
        events: { categories: ["device"], tags: ["roof"] },
      });
      const register = (ids: readonly string[], tags: string[]) =>
        on.stack.api.call("POST", "/api/devices/batch", { devices: ids.map((id) => ({ id, tags })) });
      const ids = (group: number, word: string) => Array.from({ length: 60 }, (_, i) => `${word}-${group}-${i}`);
      on.receiver.answer((path) => (path === "/feed" ? 503 : undefined));
      await register(ids(1, "roof"), ["roof"]);
      await register(ids(1, "hall"), ["hall"]);
      await eventually(() => expect(on.postsAt("/feed")).not.toEqual([]));
      await on.killReactors(() => on.receiver.answer(undefined));
      await register(ids(2, "roof"), ["roof"]);
      await on.killReactors();
      await register(ids(3, "roof"), ["roof"]);
      const wanted = [1, 2, 3].flatMap((group) => ids(group, "roof"));
      await eventually(() => {
        const events = on
          .postsAt("/feed")
          .flatMap(({ body }) => JSON.parse(body) as { data: { device: string }; seq: number }[]);
        expect(new Set(events.map(({ data }) => data.device))).toEqual(new Set(wanted));
      }, 90_000);
      const requests = new Map(on.postsAt("/feed").map(({ headers, body }) => [headers["webhook-id"], body]));
      const first = new Map<number, number>();
      for (const [index, body] of [...requests.values()].entries())
        for (const { seq } of JSON.parse(body) as { seq: number }[]) if (!first.has(seq)) first.set(seq, index);
      const order = [...first].sort((a, b) => a[1] - b[1] || a[0] - b[0]).map(([seq]) => seq);
      expect(order).toEqual([...order].sort((a, b) => a - b));
      await eventually(async () => {
        const { health } = (await on.stack.api.call<ChannelResource>("GET", "/api/channels/feed")).body;
        expect(health).toMatchObject({ state: "working", waiting: 0 });
      });
    }, 240_000);
  });
}
