import {
  artifactEntity,
  hasEndedProvisioning,
  isEventOf,
  type ProvisionRequest,
  provisioningDecider,
  provisioningEvents,
} from "@fleetlog/domain";
import type { Projection, ViewRow } from "../../projection.ts";
import { searchable } from "../search.ts";

export interface ProvisionRequestRow extends ViewRow {
  readonly request: ProvisionRequest;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly createdSeq: number;
  readonly updatedAt: string;
}

export const provisionRequests: Projection<ProvisionRequestRow> = {
  name: "provisionRequests",
  version: 2,
  categories: ["provisioning"],
  belongs: "own",

  touches: (event) => (isEventOf(provisioningEvents, event) ? { key: event.data.request } : undefined),

  evolve(row, event) {
    const request = provisioningDecider.evolve(row?.request, event);
    if (request === undefined || request === row?.request) return row;
    const { seq, time } = event;
    if (row !== undefined) return { ...row, seq, request, updatedAt: time };
    const createdBy = event.type === "ProvisionRequestCreated" ? event.data.by : "";
    return { seq, request, createdAt: time, createdBy, createdSeq: seq, updatedAt: time };
  },

  ordinal: ({ createdSeq }) => createdSeq,
  columns: [
    { name: "account", type: "text", fixed: true, of: ({ request }) => request.account },
    { name: "tags", type: "set", of: ({ request }) => request.device.tags },
    { name: "state", type: "text", of: ({ request }) => request.state },
    { name: "open", type: "integer", of: ({ request }) => (hasEndedProvisioning(request.state) ? 0 : 1) },
    { name: "device", type: "text", fixed: true, selective: true, of: ({ request }) => request.device.id },
    { name: "enrolmentGroup", type: "text", fixed: true, of: ({ request }) => request.enrolmentGroup ?? "" },
    {
      name: "search",
      type: "text",
      fixed: true,
      fold: searchable,
      of: ({ request: { clientId, userName, device } }) =>
        searchable([clientId, userName, device.id, device.name ?? ""].join(" ")),
    },
    // Artifacts that must not be deleted.
    { name: "uses", type: "set", memberTable: true, of: ({ request }) => artifactsOf(request) },
  ],
  indexes: [
    { on: ["open", "ordinal"] },
    { on: ["state", "ordinal"] },
    { on: ["device"] },
    { on: ["enrolmentGroup", "ordinal"] },
  ],
};

function artifactsOf({ state, account, bundles }: ProvisionRequest): string[] {
  return hasEndedProvisioning(state) ? [] : bundles.map(({ artifact }) => artifactEntity({ account, ...artifact }));
}
