import { describe, expect, it } from "vitest";
import { type Channel, channelDecider, deviceMessageLimits } from "./channel.ts";
import { fold } from "./decider.ts";
import { history } from "./fixtures/record.ts";
import { faultsOfRedelivery } from "./fixtures/redelivery.ts";

const definition: Channel = { kind: "email", enabled: true, settings: "s1" };
const defined = { type: "ChannelDefined", data: { name: "duty", definition, by: "ada" } } as const;
const changed = {
  type: "ChannelDefined",
  data: { name: "duty", definition: { ...definition, settings: "s2" }, by: "ada" },
} as const;
const deleted = { type: "ChannelDeleted", data: { name: "duty", by: "ada" } } as const;

it("devices may send few SMS and more emails through a channel that sets no limits", () => {
  expect(deviceMessageLimits({ kind: "sms" })).toEqual({ perDevice: 20, perDay: 200 });
  expect(deviceMessageLimits({ kind: "email" })).toEqual({ perDevice: 100, perDay: 1_000 });
  expect(deviceMessageLimits({ kind: "sms", messagesPerDevice: 5 })).toEqual({ perDevice: 5, perDay: 200 });
});

describe("channel", () => {
  const define = { type: "Define", name: "duty", definition, by: "ada" } as const;

  it("is defined, and defined again only if something changes, such as its secrets", () => {
    expect(channelDecider.decide(define, channelDecider.initial)).toEqual([defined]);
    const state = fold(channelDecider, history(defined));
    expect(channelDecider.decide(define, state)).toEqual([]);
    expect(channelDecider.decide({ ...define, definition: { ...definition, settings: "s2" } }, state)).toEqual([
      changed,
    ]);
  });

  it("is deleted once, and can be defined again", () => {
    const remove = { type: "Delete", name: "duty", by: "ada" } as const;
    expect(channelDecider.decide(remove, fold(channelDecider, history(defined)))).toEqual([deleted]);
    const state = fold(channelDecider, history(defined, deleted));
    expect(channelDecider.decide(remove, state)).toEqual([]);
    expect(channelDecider.decide(define, state)).toEqual([defined]);
  });

  it("tolerates redelivery", () => {
    expect(faultsOfRedelivery(channelDecider, history(defined, changed, deleted, defined))).toEqual([]);
  });
});
