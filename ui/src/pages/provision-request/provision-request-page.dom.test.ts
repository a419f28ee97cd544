// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { session } from "../../state/session.ts";
import { mount, one, settled, textOf, unmountAll } from "../../testing/dom.ts";
import { stubGateway } from "../../testing/gateway.ts";
import { ProvisionRequestPage } from "./provision-request-page.ts";

let state: string;
beforeEach(() => {
  const answers = () => ({
    body: {
      ...{
        id: "r1",
        clientId: "mac",
        userName: "mac-s",
        device: { id: "mac", tags: [] },
        state,
        tries: 1,
        maxRetries: 3,
      },
      ...{ activationKey: false, bundles: [], events: [], createdAt: "2026-01-01T00:00:00Z", createdBy: "admin" },
    },
  });
  vi.stubGlobal("fetch", stubGateway(answers).fetch);
});
afterEach(() => {
  unmountAll();
  session.set({ state: "signed-out" });
  vi.unstubAllGlobals();
});

async function shown(role: string): Promise<ProvisionRequestPage> {
  session.set({ state: "signed-in", info: { operator: { id: "ann", name: "Ann", role } } as never });
  const page = await mount(new ProvisionRequestPage(), { request: "r1" });
  await vi.waitFor(async () => {
    await settled(page);
    one(page, "h1");
  });
  return page;
}

it("the page says in words why a request can't be stopped, to those who may stop requests", async () => {
  state = "FAILED";
  const page = await shown("operator");
  const stop = one<HTMLButtonElement>(page, "button", "Stop");
  expect([stop.disabled, stop.getAttribute("aria-describedby")]).toEqual([true, "why"]);
  expect(textOf(one(page, "#why"))).toContain("can't be stopped until the device begins another try");
  expect(textOf(await shown("viewer"))).not.toContain("can't be stopped");
});

it("the page gives no reason for a request that can be stopped", async () => {
  state = "RUNNING";
  const page = await shown("operator");
  expect(one<HTMLButtonElement>(page, "button", "Stop").disabled).toBe(false);
  expect(textOf(page)).not.toContain("can't be stopped");
});
