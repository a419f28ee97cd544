import { describe, expect, it } from "vitest";
import { type ClaimCodeCommand, type ClaimCodeEvent, claimCodeDecider, claimedBy } from "./claim-code.ts";
import { fold } from "./decider.ts";
import { history } from "./fixtures/record.ts";
import { faultsOfRedelivery } from "./fixtures/redelivery.ts";

const now = "2026-11-28T12:00:00.000Z";
const code = "c1";
const order = { batch: "b", number: 1, tags: ["hall"], allowPlain: false };
const made = (more: object = {}): ClaimCodeEvent => ({
  type: "ClaimCodeMade",
  data: { code, by: "ann", ...order, ...more },
});
const used: ClaimCodeEvent = { type: "ClaimCodeUsed", data: { code, account: "north", by: "bob", tags: [] } };
const shown: ClaimCodeEvent = { type: "ClaimCodeShown", data: { code, device: "d1", request: "r1" } };
const revoked: ClaimCodeEvent = { type: "ClaimCodeRevoked", data: { code, by: "ann" } };
const use = (account = "north"): ClaimCodeCommand => ({ type: "UseCode", now, account, by: "bob", tags: [] });
const show = (device = "d1", more: object = {}): ClaimCodeCommand => ({
  type: "ShowCode",
  device,
  request: "r2",
  now,
  ...more,
});
const stateAfter = (...events: ClaimCodeEvent[]) => fold(claimCodeDecider, history(...events));
const decide = (command: ClaimCodeCommand, ...events: ClaimCodeEvent[]) =>
  claimCodeDecider.decide(command, stateAfter(...events));
const refused = expect.objectContaining({ code: "claim-code-unknown" });

describe("a claim code", () => {
  it("is used once; a second use by the same account changes nothing", () => {
    expect(decide(use(), made())).toEqual([used]);
    expect(decide(use(), made(), used)).toEqual([]);
    expect(() => decide(use("south"), made(), used)).toThrow(refused);
    expect(claimedBy(stateAfter(made(), used) as never)).toBe("north");
  });

  it("is refused with the same message if it was never made, was revoked, has expired, or is for another account", () => {
    const messages = [[], [made(), revoked], [made({ expiresOn: now })], [made({ to: "south" })]].map((events) => {
      try {
        return decide(use(), ...events);
      } catch (error) {
        return (error as Error).message;
      }
    });
    expect(new Set(messages)).toEqual(new Set(["no such claim code can be used"]));
  });

  it("lets in the device that it is for or, without such a device, the first one that shows it", () => {
    expect(decide(show(), made())).toMatchObject([{ type: "ClaimCodeShown", data: { device: "d1", request: "r2" } }]);
    expect(() => decide(show("d2"), made({ device: "d1" }))).toThrow(refused);
    expect(() => decide(show("d2"), made(), shown)).toThrow(refused);
    expect(() => decide(show(), made(), revoked)).toThrow(refused);
    expect(() => decide(show(), made({ expiresOn: now }))).toThrow(refused);
    expect(decide(show(), made({ expiresOn: now }), used)).toHaveLength(1);
  });

  it("lets its device in again until the device's provisioning has ended", () => {
    const again = (outcome: "open" | "given-up" | "ended") =>
      decide(show("d1", { earlier: { request: "r1", outcome } }), made(), shown);
    expect(again("open")).toEqual([]);
    expect(again("given-up")).toHaveLength(1);
    expect(() => again("ended")).toThrow(refused);
    expect(() => decide(show(), made(), shown)).toThrow(expect.objectContaining({ code: "conflict" }));
  });

  it("is revoked once, and never made twice", () => {
    expect(decide({ type: "RevokeCode", by: "ann" }, made())).toEqual([revoked]);
    expect(decide({ type: "RevokeCode", by: "ann" }, made(), revoked)).toEqual([]);
    expect(() => decide({ type: "MakeCode", code, by: "x", ...order }, made())).toThrow(/already/);
  });

  it("tolerates redelivery", () => {
    expect(faultsOfRedelivery(claimCodeDecider, history(made(), shown, used, revoked))).toEqual([]);
  });
});
