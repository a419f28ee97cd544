import { type ListProvisionRequestsQuery, PROVISION_STATES, type ProvisionState } from "../../data/provisioning.ts";
import type { UrlFormat } from "../../state/url-state.ts";

/** The filters of the list, kept in the URL; "": no filter. */
export interface Filters {
  readonly state: ProvisionState | "open" | "ended" | "";
  readonly search: string;
}

export const NO_FILTERS: Filters = { state: "", search: "" };

const STATES: readonly string[] = ["open", "ended", ...PROVISION_STATES];

export const filterFormat: UrlFormat<Filters> = {
  read(parameters) {
    const state = parameters.get("state") ?? "";
    return {
      state: STATES.includes(state) ? (state as Filters["state"]) : "",
      search: parameters.get("search")?.trim() ?? "",
    };
  },
  write: (filters) => new URLSearchParams(Object.entries(filters).filter(([, value]) => value !== "")),
};

export function queryOf({ state, search }: Filters): ListProvisionRequestsQuery {
  const states = state === "open" || state === "ended" ? { open: state === "open" } : state !== "" && { state };
  return { ...states, ...(search !== "" && { search }) };
}
