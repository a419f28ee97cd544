import { describe, expect, it } from "vitest";
import type { EventResource } from "../../../data/events.ts";
import { credentialsOf } from "./credentials.ts";

const NOW = Date.parse("2026-02-01T00:00:00Z");
let seq = 0;
const event = (type: string, data: object = {}) =>
  ({
    seq: ++seq,
    type,
    time: `2026-01-01T00:00:0${seq}Z`,
    data: { device: "d1", by: "ann", ...data },
  }) as EventResource;
const certificate = (serial: string, more: object = {}) => ({
  ...{ serial, issuer: "CN=Fleetlog", notAfter: "2027-01-01T00:00:00Z" },
  ...more,
});
const issued = (serial: string, more: object = {}) => event("DeviceCertificateIssued", certificate(serial, more));

describe("credentialsOf", () => {
  it("has each certificate as valid, renewed, revoked or expired, the newest first", () => {
    const events = [
      event("DeviceRegistered"),
      issued("a"),
      issued("b", { renews: "a", by: "d1" }),
      issued("c"),
      event("DeviceCertificateRevoked", { serial: "c" }),
      issued("d", { notAfter: "2026-01-02T00:00:00Z" }),
      issued("e"),
    ].reverse();
    const { certificates } = credentialsOf(events, [certificate("a"), certificate("b")], NOW);
    expect(certificates.map(({ serial, state }) => `${serial} ${state}`)).toEqual([
      ...["e not valid", "d expired", "c revoked", "b valid", "a renewed"],
    ]);
    expect(certificates[3]).toMatchObject({ renews: "a", by: "d1" });
  });

  it("names the token by the event that made it", () => {
    const [registered, rotated] = [event("DeviceRegistered"), event("DeviceTokenRotated")];
    expect(credentialsOf([registered], [], NOW).token).toMatchObject({ id: registered.seq, by: "ann" });
    expect(credentialsOf([rotated, registered], [], NOW).token).toMatchObject({ id: rotated.seq });
  });

  it("omits credentials of a retired device that had the same id", () => {
    const events = [event("DeviceRegistered"), issued("old"), event("DeviceRetired"), event("DeviceRegistered")];
    expect(credentialsOf(events.reverse(), [], NOW).certificates).toEqual([]);
  });
});
