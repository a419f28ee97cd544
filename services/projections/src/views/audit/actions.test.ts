import { goldenLogs } from "@fleetlog/domain/fixtures";
import { AUDIT_ACTIONS } from "@fleetlog/protocol";
import { expect, it } from "vitest";
import { actionOf, isAudited } from "./actions.ts";

const types = new Map(goldenLogs().flatMap(({ events }) => events.map((event) => [event.type, event] as const)));

it("every type of event that names its author is audited, except consequences, deliveries and refusals", () => {
  const authored = [...types].filter(([, { data }]) => typeof (data as { by?: unknown }).by === "string");
  const others = authored.map(([type]) => type).filter((type) => !isAudited(type));
  expect(others.sort()).toEqual([
    "CallRefused",
    "DeliveryFailed",
    "DeliveryGivenUp",
    "DeliveryRefused",
    "DeliveryRequested",
    "DeliverySent",
    "PersonMailFailed",
    "PersonMailSent",
    "ProvisionFailed",
  ]);
});

it("the API lists exactly the actions of the audited events", () => {
  const used = [...types.keys()].filter(isAudited).map(actionOf);
  expect([...new Set(used)].sort()).toEqual([...AUDIT_ACTIONS].sort());
});
