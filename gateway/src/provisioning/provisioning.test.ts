import { deviceCredentials, ProvisionLogins } from "@fleetlog/identity";
import { memoryBackbone } from "@fleetlog/log";
import { pino } from "pino";
import { expect, it } from "vitest";
import type { PresentedProvisioning } from "./device.ts";
import { Provisioning, type ProvisioningOptions } from "./provisioning.ts";

it("the device of a provision request may log in three times a minute, and other devices meanwhile", async () => {
  let now = 0;
  const { bus, log, buckets } = memoryBackbone();
  const logins = new ProvisionLogins(buckets, { hash: () => "" }, () => now);
  const provisioning = new Provisioning({
    fleet: {
      log,
      credentials: deviceCredentials(buckets),
      provisioner: { logins },
    } as unknown as ProvisioningOptions["fleet"],
    bus,
    sources: [
      async (presented) => ({
        id: "clientId" in presented ? presented.clientId : "",
        login: "pump-1",
        account: "main",
        ask: () => Promise.reject(new Error("not asked")),
        progress: async () => 0,
      }),
    ],
    observe: { refused() {}, subscriptionRefused() {} },
    logger: pino({ enabled: false }),
    clock: () => now,
    loginsPerMinute: 3,
    node: () => "g1-1",
  });
  const logIn = (clientId: string) =>
    provisioning.logIn({ clientId, userName: "u", password: "p" } as PresentedProvisioning);
  const sessions: unknown[] = [];
  for (let i = 0; i < 3; i++) {
    const device = await logIn("r-1");
    expect(device).toMatchObject({ id: "r-1" });
    sessions.push(device?.session);
  }
  expect(sessions).toEqual([1, 2, 3]);
  await expect(logIn("r-1")).rejects.toMatchObject({ code: "rate-limited", retryAfterMs: 20_000 });
  expect(await logIn("r-2")).toMatchObject({ id: "r-2" });
  now += 20_000;
  expect(await logIn("r-1")).toMatchObject({ id: "r-1" });
  await expect(logIn("r-1")).rejects.toMatchObject({ code: "rate-limited" });
});
