import { describe, expect, it } from "vitest";
import { Frames, framed, PREFIX_BYTES } from "./frames.ts";

function messagesIn(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    expect(bytes[at]).toBe(0);
    const from = at + PREFIX_BYTES;
    at = from + bytes.readUInt32BE(at + 1);
    messages.push(bytes.subarray(from, at));
  }
  return messages;
}

describe("Frames", () => {
  it("have all messages in order, of any length, and nothing of what was taken before", () => {
    const frames = new Frames();
    const lengths = [0, 1, 300, 70_000, 5, 511, 200_000, 0];
    for (let round = 0; round < 3; round++) {
      const messages = lengths.map((length, i) => Buffer.alloc(length, round + i));
      for (const message of messages) frames.add(message);
      expect(frames.length).toBe(lengths.reduce((sum, length) => sum + PREFIX_BYTES + length, 0));
      const taken = frames.take();
      expect(frames.length).toBe(0);
      frames.add(Buffer.of(9));
      expect(messagesIn(frames.take())).toEqual([Buffer.of(9)]);
      expect(messagesIn(taken).every((message, i) => message.equals(messages[i] as Buffer))).toBe(true);
    }
  });

  it("keep the bytes of a message whose own buffer changes afterwards", () => {
    const message = Buffer.from("first");
    const bytes = framed(message);
    message.fill("x");
    expect(bytes.toString("latin1")).toBe("\0\0\0\0\x05first");
  });
});
