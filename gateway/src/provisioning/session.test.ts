import { FleetError } from "@fleetlog/domain";
import type { ProvisionAsk } from "@fleetlog/protocol";
import { pino } from "pino";
import { expect, it } from "vitest";
import type { ProvisioningDevice } from "./device.ts";
import { ProvisioningSession, type ProvisioningSessionParts } from "./session.ts";

it("a provisioning session waits once for a device's claim although the device asks 1,000 times, and answers only the newest question", async () => {
  let claim = () => {};
  let waiters = 0;
  const device = {
    id: "r-1",
    login: "pump-1",
    account: "main",
    session: 1,
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

it("a provisioning session answers questions one after the other, so that none refuses another's credential", async () => {
  let asking = 0;
  let most = 0;
  const ask = async () => {
    most = Math.max(most, ++asking);
    await new Promise(setImmediate);
    asking--;
    return { jws: "answer" };
  };
  const session = sessionOf({ ask });
  const asks = Array.from({ length: 3 }, () => session.ask({} as ProvisionAsk));
  expect(await Promise.all(asks)).toHaveLength(3);
  expect(most).toBe(1);
});

it("a provisioning session ends if a newer session of the device has got a credential", async () => {
  const ends: unknown[] = [];
  const ask = async (_: ProvisionAsk, session: number) => {
    if (session === 7) throw new FleetError("session-superseded", "a newer connection");
    return { jws: "answer" };
  };
  const session = sessionOf({ ask, end: (reason) => void ends.push(reason) });
  await expect(session.ask({})).rejects.toMatchObject({ code: "session-superseded" });
  await expect.poll(() => ends).toEqual(["superseded"]);
});

it("a provisioning session logs a refusal and a lost reply once, however often the device asks", async () => {
  const lines: string[] = [];
  const session = new ProvisioningSession({
    device: {
      id: "r-1",
      login: "pump-1",
      account: "main",
      session: 1,
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

it("a provisioning session answers a question that can't be read, also by MQTT 3, whose acknowledgements have no errors", async () => {
  const replies: unknown[] = [];
  const session = sessionOf({ reply: async (reply) => replies.push(reply) > 0 });
  const ask = new FleetError("invalid-request", "csr must be text", { field: "csr" });
  await expect(session.report({ kind: "provision-ask", ask })).rejects.toBe(ask);
  expect(replies).toEqual([{ error: { code: "invalid-request", message: "csr must be text" } }]);
});

it("a provisioning session ends after the answer to the device's question if the provision request is skipped", async () => {
  const steps: unknown[] = [];
  let skip = (_: Error) => {};
  const session = sessionOf({
    ask: () => new Promise((_, reject) => (skip = reject)),
    reply: async (reply) => steps.push(reply) > 0,
    end: (reason) => void steps.push(reason),
  });
  const asked = session.report({ kind: "provision-ask", ask: {} });
  session.endAnswered("device-closed", "the device exists already");
  await new Promise(setImmediate);
  expect(steps).toEqual([]);
  skip(new FleetError("device-exists", "device d1 is registered already"));
  await asked;
  await new Promise(setImmediate);
  expect(steps).toEqual([{ error: expect.objectContaining({ code: "device-exists" }) }, "device-closed"]);
});

function sessionOf({
  ask = async () => ({ jws: "answer" }),
  reply = async () => true,
  end = () => {},
}: Partial<
  Pick<ProvisioningDevice, "ask"> & Pick<ProvisioningSessionParts, "reply"> & ProvisioningSessionParts["connection"]
>): ProvisioningSession {
  return new ProvisioningSession({
    device: { id: "r-1", login: "pump-1", account: "main", session: 7, ask, progress: async () => 0 },
    connection: { end },
    observe: { refused() {}, subscriptionRefused() {} },
    logger: pino({ enabled: false }),
    clock: () => 0,
    reply,
    onEnd: () => {},
  });
}
