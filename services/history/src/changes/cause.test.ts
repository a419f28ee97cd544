import type { RecordedEvent } from "@fleetlog/domain";
import { goldenLogs } from "@fleetlog/domain/fixtures";
import { describe, expect, it } from "vitest";
import { causeOf } from "./cause.ts";

const events = goldenLogs().flatMap((log) => log.events);

describe("the cause of an event", () => {
  it.each([
    ["DeviceRenamed", { kind: "operator", by: "admin" }],
    ["PersonOpenIdLinked", { kind: "operator", by: "person-1" }],
    ["DeviceProfileReported", { kind: "device", by: "" }],
    ["SessionOpened", { kind: "device", by: "" }],
    ["SessionClosed", { kind: "device", by: "" }],
    ["GatewayLost", { kind: "gateway-death", by: "north-2" }],
    ["GatewayStarted", { kind: "gateway-death", by: "north-1" }],
    ["GatewayStopped", { kind: "gateway-stop", by: "gateway-2" }],
    ["DeviceScanned", { kind: "reaction", by: "update-scans" }],
    ["ProvisionCompleted", { kind: "provisioning", by: "provisioning" }],
    ["DeviceLoginReserved", { kind: "provisioning", by: "provision-requests/0c1d2e3f-4051-4263-8475-869708a1b2c3" }],
    ["DeviceAddressShared", { kind: "gateway", by: "gateway-1" }],
  ])("of %s", (type, cause) => {
    expect(causeOf(events.find((event) => event.type === type) as RecordedEvent)).toEqual(cause);
  });

  it("is Fleetlog if a gateway closed the session because the device's credential ended", () => {
    const closed = events.find(({ type }) => type === "SessionClosed") as RecordedEvent<never>;
    const event = { ...(closed as object), data: { ...(closed as { data: object }).data, reason: "token-rotated" } };
    expect(causeOf(event as RecordedEvent)).toEqual({ kind: "fleetlog", by: "token-rotated" });
  });
});
