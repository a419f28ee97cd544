import { access } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { startTestNats } from "./nats.ts";

describe("startTestNats", () => {
  it("restarts on the same address and store after a kill, and leaves nothing behind", async () => {
    const nats = await startTestNats();
    const first = nats.pid;
    await nats.kill();
    await nats.start();
    expect(nats.pid).not.toBe(first);
    expect(nats.url).toBe(`nats://127.0.0.1:${nats.port}`);
    await nats.cleanup();
    expect(() => process.kill(nats.pid, 0)).toThrow("ESRCH");
    await expect(access(nats.storeDir)).rejects.toThrow("ENOENT");
  });
});
