import { describe, expect, it } from "vitest";
import { MessageIntake } from "./intake.ts";

/** The handling of a message that begins with `wait` ends at `letGo`. */
function setUp() {
  const handled: string[] = [];
  const socket: string[] = [];
  const held: (() => void)[] = [];
  const subject = new MessageIntake(
    { pause: () => socket.push("pause"), resume: () => socket.push("resume") },
    (message) => {
      const text = message.toString();
      handled.push(text);
      return text.startsWith("wait") ? new Promise((resolve) => held.push(resolve)) : undefined;
    },
  );
  const take = (...texts: string[]) => {
    for (const text of texts) subject.take(Buffer.from(text));
  };
  const letGo = async () => {
    held.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { subject, take, letGo, handled, socket };
}

describe("MessageIntake", () => {
  it("handles each message when it comes", () => {
    const { take, handled, socket, subject } = setUp();
    take("a", "b");
    expect([handled, socket, subject.paused]).toEqual([["a", "b"], [], false]);
  });

  it("pauses the socket while a message is handled, and then handles waiting messages in order", async () => {
    const { take, letGo, handled, socket, subject } = setUp();
    take("a", "wait-1", "b", "wait-2", "c");
    expect([handled, socket, subject.paused]).toEqual([["a", "wait-1"], ["pause"], true]);
    await letGo();
    expect([handled, socket]).toEqual([["a", "wait-1", "b", "wait-2"], ["pause"]]);
    take("d");
    await letGo();
    expect([handled, socket, subject.paused]).toEqual([
      ["a", "wait-1", "b", "wait-2", "c", "d"],
      ["pause", "resume"],
      false,
    ]);
  });

  it("handles waiting messages at once after `finish`, and does not resume the socket", async () => {
    const { take, subject, letGo, handled, socket } = setUp();
    take("wait-1", "a", "wait-2", "b");
    subject.finish();
    expect(handled).toEqual(["wait-1", "a", "wait-2", "b"]);
    take("c");
    await letGo();
    expect([handled.length, socket]).toEqual([4, ["pause"]]);
  });

  it("drops waiting messages after `end`", async () => {
    const { take, subject, letGo, handled, socket } = setUp();
    take("wait-1", "a");
    subject.end();
    await letGo();
    expect([handled, socket]).toEqual([["wait-1"], ["pause"]]);
  });
});
