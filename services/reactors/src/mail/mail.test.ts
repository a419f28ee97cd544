import type { MailPurpose, RecordedEvent } from "@fleetlog/domain";
import type { Mailbox, RequestedMail } from "@fleetlog/fleet";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reactionsWith } from "../reactions.ts";
import { eventOf, recorded } from "../testing/events.ts";
import { type Fleet, startFleet } from "../testing/fleet.ts";
import type { Delivery, Mail } from "./mailer.ts";
import { initialMails, processedThrough, react } from "./react.ts";
import { textOf } from "./texts.ts";

const sealed = { subject: "p1", sealed: "v1.x" };

let fleet: Fleet;
let sent: Mail[];
let answers: Delivery[];
let forgotten: RequestedMail[];
let isGone: boolean;
beforeEach(async () => {
  fleet = await startFleet();
  sent = [];
  answers = [];
  forgotten = [];
  isGone = false;
  await append("PersonInvited", { person: "p1", email: sealed, role: "viewer", account: "main", by: "ann" });
});
afterEach(() => fleet.stop());

const append = (...event: Parameters<typeof eventOf>) => fleet.outside.log.append(eventOf(...event));
const request = (mail: string, purpose: MailPurpose = "reset") =>
  append("PersonMailRequested", { person: "p1", mail, purpose, by: "p1", expiresAt: "2030-01-02T00:00:00.000Z" });
const outcomes = async () =>
  (await fleet.events("PersonMailSent", "PersonMailFailed")).map(({ type, data }) => {
    const { mail, reason } = data as { mail: string; reason?: string };
    return reason === undefined ? [type, mail] : [type, mail, reason];
  });

const mailbox: Mailbox = {
  async open(_, { mail }) {
    if (isGone) return "gone";
    const ended = await fleet.events("PersonMailSent", "PersonMailFailed", "PersonEnded");
    if (ended.some((event) => event.type === "PersonEnded" || (event.data as { mail: string }).mail === mail))
      return undefined;
    return { address: "ada@example.org", code: `CODE-${mail}`, account: "main", expiresAt: "" };
  },
  sent: async (requested) => void forgotten.push(requested),
};

function mailing(id: string, openMailbox: () => Promise<Mailbox | undefined> = async () => mailbox) {
  const mailer = {
    async send(mail: Mail): Promise<Delivery> {
      const answer = answers.shift() ?? { state: "sent" };
      if (answer.state === "sent") sent.push(mail);
      return answer;
    },
  };
  const options = { openMailbox, mailer, domain: "fleet.example", publicUrl: "https://fleet.example/x/" };
  return fleet.react(id, reactionsWith({ mail: options }));
}

describe("the reaction to a request for a mail", () => {
  it("sends the mail once, records that, and forgets the code", async () => {
    const first = mailing("r1");
    await request("m1");
    await fleet.clock.advance(2_000);
    expect(sent).toMatchObject([{ to: "ada@example.org", messageId: "<m1@fleet.example>" }]);
    expect(await outcomes()).toEqual([["PersonMailSent", "m1"]]);
    expect(forgotten).toMatchObject([{ person: "p1", purpose: "reset", mail: "m1" }]);
    await first.stop();
    mailing("r2");
    await fleet.clock.advance(20_000);
    expect(sent).toHaveLength(1);
    expect(fleet.problems).toEqual([]);
  });

  it("tries a mail again with growing pauses while the server can't be reached, also after a restart", async () => {
    answers = Array.from({ length: 4 }, () => ({ state: "later", reason: "away" }));
    const first = mailing("r1");
    await request("m1");
    await fleet.clock.advance(2_500);
    expect(answers).toHaveLength(2);
    await first.stop();
    mailing("r2");
    await fleet.clock.advance(10_000);
    expect(sent).toHaveLength(1);
    expect(await outcomes()).toEqual([["PersonMailSent", "m1"]]);
  });

  it("does not send a mail again when the log is away before the sending is recorded", async () => {
    const { backbone } = mailing("r1");
    await fleet.clock.advance(1_000);
    const { append: stored } = backbone.log;
    let refusals = 3;
    backbone.log.append = (...given) => {
      if (refusals-- > 0) return Promise.reject(Object.assign(new Error("away"), { code: "log-unavailable" }));
      return stored.apply(backbone.log, given);
    };
    await request("m1");
    await fleet.clock.advance(5_000);
    expect(sent).toHaveLength(1);
    expect(await outcomes()).toEqual([["PersonMailSent", "m1"]]);
  });

  it("records why a mail failed for good", async () => {
    answers = [{ state: "refused", reason: "550 5.1.1" }];
    mailing("r1");
    await request("m1");
    await fleet.clock.advance(2_000);
    isGone = true;
    await request("m2", "invitation");
    await fleet.clock.advance(2_000);
    expect(await outcomes()).toEqual([
      ["PersonMailFailed", "m1", "550 5.1.1"],
      ["PersonMailFailed", "m2", "its code was used or replaced, or has expired"],
    ]);
  });

  it("sends nothing to a person who has ended", async () => {
    mailing("r1");
    await append("PersonEnded", { person: "p1", by: "ann" });
    await request("m1");
    await fleet.clock.advance(2_000);
    expect(sent).toEqual([]);
  });

  it("waits for the installation's key", async () => {
    let opened = 0;
    mailing("r1", async () => (++opened < 3 ? undefined : mailbox));
    await request("m1");
    await fleet.clock.advance(5_000);
    expect(sent).toHaveLength(1);
  });
});

describe("react", () => {
  const requested = (seq: number, mail: string): RecordedEvent =>
    recorded(seq, "PersonMailRequested", { person: mail, mail, purpose: "reset", by: "x", expiresAt: "" });

  it("keeps the checkpoint before every mail that waits", () => {
    const state = initialMails();
    for (const [seq, mail] of [
      [4, "a"],
      [7, "b"],
    ] as const)
      react(state, requested(seq, mail));
    expect(processedThrough(state)).toBe(3);
    react(state, recorded(8, "PersonMailSent", { person: "a", mail: "a", purpose: "reset", by: "x" }));
    expect(processedThrough(state)).toBe(6);
    react(state, recorded(9, "PersonErased", { person: "b", by: "x" }));
    expect(processedThrough(state)).toBe(Number.MAX_SAFE_INTEGER);
  });

  it("tries after 1, 2, 4 … seconds, at most every five minutes", () => {
    const state = initialMails();
    react(state, requested(1, "a"));
    const tries: number[] = [];
    for (let now = 0; now < 900_000; now += 1_000)
      if (react(state, { type: "Tick", now }).length > 0) tries.push(now / 1_000);
    expect(tries.slice(0, 6)).toEqual([0, 1, 3, 7, 15, 31]);
    expect((tries.at(-1) ?? 0) - (tries.at(-2) ?? 0)).toBe(300);
  });
});

describe("the text of a mail", () => {
  const options = { address: "ada+x@example.org", code: "ABCDEFGHJK" };

  it("has the code, and a link with the address and the code in its fragment", () => {
    for (const [purpose, page] of [
      ["invitation", "reset"],
      ["confirmation", "confirm"],
      ["reset", "reset"],
    ] as const) {
      const { text } = textOf(purpose, { ...options, publicUrl: "https://fleet.example/x/" });
      expect(text).toContain(`https://fleet.example/x/${page}#email=ada%2Bx%40example.org&code=ABCDEFGHJK`);
      expect([text, textOf(purpose, options).text].map((one) => /^Or /m.test(one))).toEqual([true, false]);
      expect(textOf(purpose, options).text).not.toContain("http");
      expect(textOf(purpose, options).text).toContain("ABCDEFGHJK");
    }
  });

  it("has no code if the mail is a notice", () => {
    const { text } = textOf("known", { address: "ada@example.org", publicUrl: "https://fleet.example" });
    expect(text).toContain("https://fleet.example/forgot\n");
    expect(text).not.toContain("#");
  });
});
