import { once } from "node:events";
import { Readable } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { Transfers } from "./transfers.ts";

const limits = { downloads: 2, bytesPerSecond: 1e9, totalBytesPerSecond: 1e9 };

async function* parts(...sizes: number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield new Uint8Array(size);
}

async function sizeOf(bytes: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const part of bytes) size += part.length;
  return size;
}

describe("uploads", () => {
  it("are at most eight at a time, of which one person has four", () => {
    const transfers = new Transfers(limits, Date.now);
    const begin = (person: number) =>
      transfers.beginUpload({ maker: `people/${person}`, account: `account-${person}` });
    for (let i = 0; i < 4; i++) begin(1);
    expect(() => begin(1)).toThrow(expect.objectContaining({ code: "rate-limited", retryAfterMs: 10_000 }));
    for (const person of [2, 3, 4, 5]) begin(person);
    expect(() => begin(6)).toThrow(expect.objectContaining({ code: "unavailable", retryAfterMs: 10_000 }));
  });

  it("fail when the client sends nothing for 20 ms, the limit of this test", async () => {
    const socket = new Readable({ read() {} });
    const transfers = new Transfers(limits, Date.now, 20);
    await expect(sizeOf(transfers.uploaded(socket))).rejects.toMatchObject({ code: "request-timeout" });
  });

  it("fail when the client sends one byte every 3 s for a minute", async () => {
    let now = 0;
    const trickle = async function* () {
      for (;;) {
        now += 3_000;
        yield new Uint8Array(1);
      }
    };
    const transfers = new Transfers(limits, () => now);
    await expect(sizeOf(transfers.uploaded(trickle()))).rejects.toMatchObject({ code: "request-timeout" });
    expect(now).toBeGreaterThanOrEqual(57_000);
  });

  it("may wait an hour for the store", async () => {
    let now = 0;
    const transfers = new Transfers(limits, () => now);
    let received = 0;
    for await (const part of transfers.uploaded(parts(10, 10, 10))) {
      received += part.length;
      now += 3_600_000;
    }
    expect(received).toBe(30);
  });
});

describe("downloads", () => {
  it("are limited in rate, each one alone and all together", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    try {
      const transfers = new Transfers({ downloads: 9, bytesPerSecond: 1e6, totalBytesPerSecond: 1.5e6 }, Date.now);
      const began = Date.now();
      const ended: number[] = [];
      const download = async (size: number) => {
        expect(await sizeOf(transfers.downloaded(parts(size), () => {}))).toBe(size);
        ended.push((Date.now() - began) / 1_000);
      };
      const alone = download(5_250_000);
      await vi.advanceTimersByTimeAsync(20_000);
      await alone;
      expect(ended[0]).toBeCloseTo(5, 0);
      const [start] = [(Date.now() - began) / 1_000];
      const together = Promise.all([1, 2, 3].map(() => download(2_000_000)));
      await vi.advanceTimersByTimeAsync(20_000);
      await together;
      expect((ended.at(-1) ?? 0) - start).toBeCloseTo((6 - 0.375) / 1.5, 0);
    } finally {
      vi.useRealTimers();
    }
  });

  it("end when the client takes nothing for 20 ms, the limit of this test", async () => {
    const transfers = new Transfers(limits, Date.now, 20);
    const stream = Readable.from(
      transfers.downloaded(parts(1e6), () => stream.destroy()),
      { objectMode: false, highWaterMark: 1_000 },
    );
    stream.read();
    await once(stream, "close");
    expect(stream.readableAborted).toBe(true);
  });
});
