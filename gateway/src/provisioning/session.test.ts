import { FleetError } from "@fleetlog/domain";
import type { ProvisionAsk } from "@fleetlog/protocol";
import { pino } from "pino";
import { expect, it } from "vitest";
import { ProvisioningSession } from "./session.ts";

it("waits once for a device's claim although the device asks 1,000 times, and answers only the newest question", async () => {
  let claim = () => {};
  let waiters = 0;
  const device = {
    id: "r-1",
    login: "pump-1",
    account: "main",
    ready: async (ended: AbortSignal) => {
      waiters++;
      await new Promise<void>((resolve) => {
        claim = resolve;
        ended.addEventListener("abort", () => resolve(), { once: true });
      });
      waiters--;
    },
    ask: async () => ({ jws: "answer" }),
    progress: async () => 0,
  };
  const session = new ProvisioningSession({
    device,
    connection: { end: () => {} },
    observe: { refused() {}, subscriptionRefused() {} },
    logger: pino({ enabled: false }),
    clock: () => 0,
    reply: async () => true,
    onEnd: () => {},
  });
  const asks = Array.from({ length: 1_000 }, () => session.ask({} as ProvisionAsk));
  const outcomes = Promise.allSettled(asks);
  await new Promise(setImmediate);
  expect(waiters).toBe(1);
  claim();
  const superseded = { status: "rejected", reason: expect.objectContaining({ code: "session-superseded" }) };
  expect(await outcomes).toEqual([
    ...Array.from({ length: 999 }, () => superseded),
    { status: "fulfilled", value: { jws: "answer" } },
  ]);
  const last = session.ask({} as ProvisionAsk);
  session.end("protocol-error");
  await expect(last).rejects.toMatchObject({ code: "session-superseded" });
  expect(waiters).toBe(0);
});

it("logs a refusal and a lost reply once in a session, however often the device asks", async () => {
  const lines: string[] = [];
  const session = new ProvisioningSession({
    device: {
      id: "r-1",
      login: "pump-1",
      account: "main",
      ask: () => Promise.reject(new FleetError("invalid-request", "csr is not a signing request")),
      progress: async () => 0,
    },
    connection: { end: () => {} },
    observe: { refused() {}, subscriptionRefused() {} },
    logger: pino({}, { write: (line: string) => void lines.push(JSON.parse(line).msg) }),
    clock: () => 0,
    reply: async () => false,
    onEnd: () => {},
  });
  for (let i = 0; i < 50; i++) await session.report({ kind: "provision-ask", ask: {} as ProvisionAsk });
  expect(lines).toEqual([expect.stringContaining("was refused"), expect.stringContaining("could not be sent")]);
});
