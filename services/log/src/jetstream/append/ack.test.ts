import { describe, expect, it } from "vitest";
import { type Ack, parseAck } from "./ack.ts";

const parse = (text: string): Ack => parseAck(new TextEncoder().encode(text));

describe("publish acknowledgements", () => {
  it("are parsed in every form that servers send", () => {
    expect(parse('{"stream":"FLEET", "seq":7}')).toEqual({ seq: 7, duplicate: false });
    expect(parse('{"stream":"FLEET","seq":7}')).toEqual({ seq: 7, duplicate: false });
    expect(parse('{"stream":"FLEET", "seq": 9007199254740991}')).toEqual({ seq: 9007199254740991, duplicate: false });
    expect(parse('{"stream":"FLEET", "seq":7,"duplicate": true}')).toEqual({ seq: 7, duplicate: true });
    expect(parse('{"stream":"FLEET","domain":"hub", "seq":7}')).toEqual({ seq: 7, duplicate: false });
    expect(parse('{"stream":"FLEET", "seq":7,"domain":"hub"}')).toEqual({ seq: 7, duplicate: false });
    const stored = { seq: 7, duplicate: false, count: 3 };
    expect(parse('{"stream":"FLEET","seq":7,"batch":"b","count":3}')).toEqual(stored);
    expect(parse('{"seq":7,"stream":"FLEET"}')).toEqual({ seq: 7, duplicate: false });
  });

  it("are parsed as errors if they contain an error, with or without a sequence", () => {
    const error = { code: 400, err_code: 10071, description: "wrong last sequence: 3" };
    expect(parse(JSON.stringify({ error, stream: "FLEET", seq: 0 }))).toEqual({ error });
    expect(parse(JSON.stringify({ stream: "FLEET", seq: 5, error }))).toEqual({ error });
    // The server's 503 (no responders) has no payload.
    expect(parse("")).toMatchObject({ error: { code: 503 } });
  });

  it("count as errors if they are unreadable", () => {
    const broken = ["{", "[]", "null", "7", '{"stream":"FLEET"}', '{"stream":"FLEET", "seq":0}', '{"seq":"7"}'];
    for (const text of [...broken, '{"stream":"FLEET", "seq":7', '{"stream":"FLEET", "seq":-7}', '"seq":7}']) {
      expect(parse(text), text).toHaveProperty("error");
    }
  });
});
