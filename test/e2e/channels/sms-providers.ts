import { LibpyiotcloudDevice } from "@fleetlog/simulators";
import { beforeAll, describe, expect, it } from "vitest";
import type { ChannelStack } from "../../support/channel-stack.ts";
import { eventually } from "../../support/eventually.ts";
import { registerBoard } from "../../support/libpyiotcloud.ts";
import { SmsProviders } from "../../support/sms/providers.ts";
import { snsError } from "../../support/sms/sns.ts";
import { twilioError } from "../../support/sms/twilio.ts";

export function smsProviders(started: () => ChannelStack): void {
  describe("an SMS channel of a provider", () => {
    let on: ChannelStack;
    beforeAll(() => {
      on = started();
    });

    const account = { sid: `AC${"1".repeat(32)}`, token: "twilio-token" };
    const ofTwilio = { kind: "sms", provider: "twilio", accountSid: account.sid, from: "+15550100" };
    const aws = { region: "eu-central-1", accessKeyId: "AKIDEXAMPLE", secretAccessKey: "a/secret+key" };
    const ofSns = { kind: "sms", provider: "sns", senderId: "Fleet", ...aws };
    const providers = new SmsProviders({ twilio: account, sns: aws });
    const to = ["+4930123456"];
    const text = "Pump 7 & 8: 90 °C + 5 %? 🙂 * ~";

    const twilio = (more: object) => on.put("twilio", { ...ofTwilio, url: on.receiver.url, ...more });
    const sns = (more: object) => on.put("sns", { ...ofSns, url: `${on.receiver.url}/aws/`, ...more });

    it("sends in Twilio's form, and reports a wrong log-in and a refused number without naming the number", async () => {
      on.receiver.answer((_, post) => providers.answer(post));
      await twilio({ to, authToken: account.token });
      expect(await on.test("twilio", { text })).toMatchObject({ state: "sent" });
      expect(providers.twilio).toEqual([{ to: to[0], from: "+15550100", text }]);
      await twilio({ to, authToken: "another" });
      expect(await on.test("twilio")).toMatchObject({ state: "given-up", reason: "it answered 401 (code 20003)" });
      await twilio({ to: ["+123456"], authToken: account.token });
      expect(await on.test("twilio")).toMatchObject({ state: "given-up", reason: "it answered 400 (code 21211)" });
      expect(providers.twilio).toHaveLength(1);
    });

    it("sends to Amazon SNS with a valid signature, and reports a wrong key and a refused number", async () => {
      on.receiver.answer((_, post) => providers.answer(post));
      await sns({ to });
      expect(await on.test("sns", { text })).toMatchObject({ state: "sent" });
      expect([providers.sns, providers.problems]).toEqual([[{ to: to[0], text, sender: "Fleet" }], []]);
      await sns({ to, secretAccessKey: "another" });
      expect(await on.test("sns")).toMatchObject({
        state: "given-up",
        reason: "it answered 403 (SignatureDoesNotMatch)",
      });
      expect(providers.problems.splice(0)).toEqual(["the signature does not match"]);
      await sns({ to: ["+123456"] });
      expect(await on.test("sns")).toMatchObject({ state: "given-up", reason: "it answered 400 (InvalidParameter)" });
      expect(providers.sns).toHaveLength(1);
    });

    it("repeats a message that was answered with 429 or 5xx, and loses no message when the reactors are killed", async () => {
      on.receiver.answer((_, post) => providers.answer(post));
      await twilio({ to, authToken: account.token });
      await sns({ to });
      // A success ends the pauses that earlier failures caused.
      for (const name of ["twilio", "sns"]) expect(await on.test(name)).toMatchObject({ state: "sent" });
      const refusals = {
        twilio: [{ ...twilioError(429, 20429, "Too Many Requests"), headers: { "retry-after": "1" } }, { status: 503 }],
        sns: [snsError(429, "Throttled", "Rate exceeded"), snsError(500, "InternalError", "try again")],
      };
      const held: string[] = [];
      let hold = true;
      on.receiver.answer((path, post) => {
        const name = path === "/aws/" ? "sns" : "twilio";
        const refusal = refusals[name].shift();
        if (refusal !== undefined) return refusal;
        const answer = providers.answer(post);
        if (!hold) return answer;
        held.push(name);
        return "none";
      });
      const device = new LibpyiotcloudDevice({
        url: `mqtts://127.0.0.1:${on.stack.gateways[0]?.process.ready.mqttsPort}`,
        program: "python",
        scenario: "answers",
        ...(await registerBoard(on.stack.api)),
      });
      await device.start();
      const texts = (name: string) => Array.from({ length: 4 }, (_, i) => `${name} ${i}`);
      try {
        for (const [name, change] of [
          ["twilio", twilio],
          ["sns", sns],
        ] as const) {
          const before = (await on.deliveries(name)).length;
          await change({ devices: true });
          await eventually(async () => {
            const items = await on.list();
            expect(items.filter(({ devices }) => devices).map(({ id }) => id)).toEqual([name]);
          });
          for (const message of texts(name)) device.notify({ recipient: "+4930123457", message });
          await eventually(async () => expect(await on.deliveries(name)).toHaveLength(before + 4));
          await change({ to });
        }
        await eventually(() => expect(held.sort()).toEqual(["sns", "twilio"]));
      } finally {
        await device.stop();
      }
      await on.killReactors(() => {
        hold = false;
      });
      for (const name of ["twilio", "sns"] as const) {
        await eventually(async () => {
          const found = (await on.deliveries(name)).slice(0, 4);
          expect(found.map(({ state }) => state)).toEqual(texts(name).map(() => "sent"));
          // The first message was refused twice. The attempt that the kill interrupted is not counted.
          expect(found.map(({ attempts }) => attempts).sort()).toEqual([1, 1, 1, 3]);
        }, 40_000);
        const sent = providers[name].filter((message) => message.to === "+4930123457").map((message) => message.text);
        // Providers do not recognize repetitions. Only the message that was accepted just before the kill is sent twice.
        expect(sent).toEqual([`${name} 0`, ...texts(name)]);
      }
      expect(providers.problems).toEqual([]);
    }, 120_000);
  });
}
