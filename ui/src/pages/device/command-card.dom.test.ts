// @vitest-environment happy-dom
import { afterEach, expect, it, vi } from "vitest";
import type { CommandForm } from "../../components/commands/command-form.ts";
import type { DeviceDetail } from "../../data/devices.ts";
import { type Change, feed, type WatchRequest } from "../../data/feed/feed.ts";
import { session } from "../../state/session.ts";
import { mount, one, settled, textOf, unmountAll } from "../../testing/dom.ts";
import { stubGateway } from "../../testing/gateway.ts";
import { CommandCard } from "./command-card.ts";

afterEach(() => {
  unmountAll();
  vi.unstubAllGlobals();
});

const at = "2026-01-31T12:00:00.000Z";
const command = (id: string, state: string) => ({
  ...{ id, device: "d1", name: "reboot", state, by: "ada", deliveries: 0, seq: 1, at },
  ...{ issuedAt: at, deadline: "2026-01-31T13:00:00.000Z" },
});

it("the card shows an issued command as soon as the views have it, and each new state", async () => {
  let items: object[] = [];
  const gateway = stubGateway((method) => {
    if (method === "POST") return { status: 201, body: command("c1", "issued") };
    return { body: { items, total: items.length, next: null } };
  });
  vi.stubGlobal("fetch", gateway.fetch);
  let watched: WatchRequest | undefined;
  let changed: (change: Change) => void = () => expect.unreachable();
  vi.spyOn(feed, "watch").mockImplementation((request, listener) => {
    const change = (next: WatchRequest | undefined) => {
      watched = next;
    };
    change(request);
    changed = listener;
    return { change, end: () => change(undefined) } as never;
  });
  session.set({ state: "signed-in", info: { operator: { id: "ada", name: "Ada", role: "operator" } } as never });
  const lists = () => gateway.calls.filter((call) => call.startsWith("GET /api/commands?device=d1"));
  const device = { id: "d1", status: "connected" } as DeviceDetail;
  const card = await mount(new CommandCard(), { device });
  await vi.waitFor(() => expect(lists()).toHaveLength(1));
  expect(watched).toBeUndefined();

  vi.spyOn(one<CommandForm>(card, "fl-command-form"), "collect").mockResolvedValue({ name: "reboot" } as never);
  one(card, "form").dispatchEvent(new Event("submit"));
  await vi.waitFor(() => expect(watched).toEqual({ topic: "commands", keys: ["c1"] }));
  await vi.waitFor(() => expect(lists()).toHaveLength(2));
  expect(textOf(card)).not.toContain("reboot");

  for (const state of ["issued", "completed"] as const) {
    items = [command("c1", state)];
    changed({ keys: ["c1"], seq: 1 } as never);
    await vi.waitFor(async () => {
      await settled(card);
      expect(textOf(card)).toContain(`reboot ${state === "issued" ? "Issued" : "Completed"}`);
    });
  }
});
