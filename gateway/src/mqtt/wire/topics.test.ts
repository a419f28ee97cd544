import { describe, expect, it } from "vitest";
import { covers, isShared, isTopicFilter, isTopicName } from "./topics.ts";

describe("topic names and filters [MQTT 4.7]", () => {
  it.each(["a", "/", "a/b", "/a", "a//b", "a b", "$SYS"])("'%s' is a valid topic name", (topic) => {
    expect(isTopicName(topic)).toBe(true);
  });
  it.each(["", "#", "a/+", "a+b", "a#"])("'%s' is no topic name", (topic) => {
    expect(isTopicName(topic)).toBe(false);
  });
  it.each(["#", "+", "a/#", "+/+/#", "a/+/b", "/", "a//#"])("'%s' is a valid topic filter", (filter) => {
    expect(isTopicFilter(filter)).toBe(true);
  });
  it.each(["", "a#", "#/a", "a/#/b", "a+", "+a/b", "a/b+/c", "##"])("'%s' is no topic filter", (filter) => {
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
  ])("the filter '%s' covers the topic '%s': %s", (filter, topic, expected) => {
    expect(covers(filter, topic)).toBe(expected);
  });
  it("a filter is a shared subscription when it begins with `$share/`", () => {
    expect(isShared("$share/g/me/#")).toBe(true);
    expect(isShared("$shared/g")).toBe(false);
  });
});
