import { describe, expect, it } from "vitest";
import { covers, isShared, isTopicFilter, isTopicName } from "./topics.ts";

describe("topic names and filters [MQTT 4.7]", () => {
  it.each(["a", "/", "a/b", "/a", "a//b", "a b", "$SYS"])("'%s' is a topic name", (topic) => {
    expect(isTopicName(topic)).toBe(true);
  });
  it.each(["", "#", "a/+", "a+b", "a#"])("'%s' is not a topic name", (topic) => {
    expect(isTopicName(topic)).toBe(false);
  });
  it.each(["#", "+", "a/#", "+/+/#", "a/+/b", "/", "a//#"])("'%s' is a topic filter", (filter) => {
    expect(isTopicFilter(filter)).toBe(true);
  });
  it.each(["", "a#", "#/a", "a/#/b", "a+", "+a/b", "a/b+/c", "##"])("'%s' is not a topic filter", (filter) => {
    expect(isTopicFilter(filter)).toBe(false);
  });
  it.each([
    ["me/command/+", "me/command/1", true],
    ["me/command/+", "me/command/1/result", false],
    ["me/command/+", "me/command", false],
    ["me/command/#", "me/command", true],
    ["me/#", "me/command/1", true],
    ["me/+/+", "me/command/1", true],
    ["me/+/+", "me//1", true],
    ["#", "me/command/1", true],
    ["#", "$SYS/x", false],
    ["+/x", "$SYS/x", false],
    ["$SYS/#", "$SYS/x", true],
    ["me/command/1", "me/command/1", true],
    ["me/command/1", "me/command/2", false],
    ["me/command/1/+", "me/command/1", false],
  ])("whether '%s' covers '%s': %s", (filter, topic, expected) => {
    expect(covers(filter, topic)).toBe(expected);
  });
  it("detects shared subscriptions by their prefix", () => {
    expect(isShared("$share/g/me/#")).toBe(true);
    expect(isShared("$shared/g")).toBe(false);
  });
});
