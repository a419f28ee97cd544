import { memoryBackbone } from "@fleetlog/log";
import { afterEach, expect, it, vi } from "vitest";
import { accessPart } from "./access-part.ts";

afterEach(() => {
  vi.useRealTimers();
});

it("the access part checks a person's viewers when the person's access ends, and checks all viewers periodically", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const { bus } = memoryBackbone();
  const looked: (string | undefined)[] = [];
  const caches = { forget() {} };
  const part = accessPart(
    bus,
    { personTokens: caches, operatorSessions: caches, apiKeys: caches } as Parameters<typeof accessPart>[1],
    [{ revalidate: (person) => void looked.push(person) }],
  );
  await part.start?.({ ports: {} } as never);
  bus.publish("access.ended", { person: "ada" });
  await vi.waitFor(() => expect(looked).toEqual(["ada"]));
  vi.advanceTimersByTime(60_000);
  expect(looked).toEqual(["ada", undefined, undefined]);
  await part.stop?.();
  vi.advanceTimersByTime(60_000);
  expect(looked).toHaveLength(3);
});
