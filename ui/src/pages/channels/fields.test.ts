import { describe, expect, it } from "vitest";
import type { ChannelResource } from "../../data/channels.ts";
import { listIn, targetOf, variantOf } from "./fields.ts";

const channel = (more: object): ChannelResource => ({
  id: "c",
  account: "main",
  kind: "email",
  enabled: true,
  has: [],
  changedAt: "",
  changedBy: "",
  seq: 1,
  ...more,
});

describe("the fields of a channel", () => {
  it("are those of its kind, or of its provider", () => {
    expect(variantOf({ kind: "webhook" })).toBe("webhook");
    expect(variantOf({ kind: "sms", provider: "sns" })).toBe("sns");
  });

  it("take lists with commas, semicolons, spaces or lines between", () => {
    expect(listIn(" a@b.example, c@d.example;e@f.example\n+49 +43 ")).toEqual([
      "a@b.example",
      "c@d.example",
      "e@f.example",
      "+49",
      "+43",
    ]);
  });

  it("say where the channel sends to", () => {
    expect(targetOf(channel({ to: ["a@b.example"] }))).toBe("a@b.example");
    expect(targetOf(channel({ devices: true, to: [] }))).toBe("recipients that devices name");
    expect(targetOf(channel({ kind: "webhook", url: "https://x.example" }))).toBe("https://x.example");
    expect(targetOf(channel({ kind: "sms", provider: "sns", region: "eu-central-1", to: ["+49"] }))).toBe(
      "+49 by eu-central-1",
    );
  });
});
