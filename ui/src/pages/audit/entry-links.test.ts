import { expect, it } from "vitest";
import type { AuditEntry } from "../../data/audit.ts";
import { callerOf, changedBy } from "./entry-links.ts";

const ID = "cda53961-6181-451f-9bc2-c0bc4bc9f0db";

const entry = (more: Partial<AuditEntry>): AuditEntry => ({
  ...{ kind: "act", seq: 7, id: "e7", at: "2026-01-31T12:00:00.000Z", action: "any", event: "Any" },
  ...more,
});

it("links what was changed to its page, by its name or the beginning of its id", () => {
  const link = (event: string, category: string, entity: string, more: Partial<AuditEntry> = {}) =>
    changedBy(entry({ event, category, entity, ...more }));
  expect(link("DeviceRetired", "device", "pump-1", { device: "pump-1" })).toEqual({
    ...{ text: "pump-1", href: "/devices/pump-1" },
  });
  expect(link("ProvisionRequestCreated", "provisioning", ID)).toEqual({
    ...{ text: "provision request cda53961…", id: ID, href: `/onboarding/requests/${ID}` },
  });
  expect(link("EnrolmentSecretRotated", "provisioning", ID)?.href).toBe(`/onboarding/enrolment-groups/${ID}`);
  expect(link("ScanStarted", "scan", ID)).toEqual({ text: "scan cda53961…", id: ID, href: "/updates/scans" });
  expect(link("ArtifactStored", "artifact", "main/meter-app/1.4.2")?.text).toBe("artifact main/meter-app/1.4.2");
  expect(link("Unheard", "alarm", ID)).toEqual({ text: `alarm ${ID}` });
  expect(changedBy(entry({}))).toBeUndefined();
});

it("names people who were changed, where the viewer may see them", () => {
  const changed = { event: "PersonInvited", category: "person", entity: ID };
  expect(changedBy(entry({ ...changed, entityName: "ada@example.org" }))).toEqual({
    ...{ text: "ada@example.org", id: ID, href: "/people?search=ada%40example.org&state=all" },
  });
  const byId = { id: ID, href: `/people?search=${ID}&state=all` };
  expect(changedBy(entry(changed))).toEqual({ text: "person cda53961…", ...byId });
  expect(changedBy(entry({ ...changed, entityName: "erased" }))).toEqual({ text: "erased person cda53961…", ...byId });
  expect(changedBy(entry({ ...changed, event: "ApiKeyCreated" }))?.text).toBe("API key cda53961…");
});

it("links callers that are no people", () => {
  expect(callerOf(`provision-requests/${ID}`)).toEqual({
    ...{ text: "provision request cda53961…", id: ID, href: `/onboarding/requests/${ID}` },
  });
  expect(callerOf(`claim-codes/${ID}`)?.href).toBe("/onboarding/claim-codes");
  for (const by of ["admin", ID, "provision-requests", "elsewhere/7"]) expect(callerOf(by), by).toBeUndefined();
});
