// @vitest-environment happy-dom
import { afterEach, expect, it } from "vitest";
import type { DeviceDetail } from "../../data/devices.ts";
import { all, mount, one, textOf, unmountAll } from "../../testing/dom.ts";
import { ProfileCard } from "./profile-card.ts";

afterEach(unmountAll);

const card = (more: Partial<DeviceDetail>) =>
  mount(new ProfileCard(), {
    device: { id: "pump-1", registeredAt: "2026-01-31T12:00:00.000Z", registeredBy: "admin", ...more } as DeviceDetail,
  });

it("the card names the fault of a known field", async () => {
  const element = await card({ profile: { model: 5 }, profileFault: "model must be text" });
  expect(textOf(one(element, ".fault"))).toBe("Model must be text.");
  expect(all(await card({ profile: { model: "P1" } }), ".fault")).toEqual([]);
});
