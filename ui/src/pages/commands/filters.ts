import { COMMAND_STATES, type CommandState, type ListCommandsQuery } from "../../data/commands.ts";
import type { UrlFormat } from "../../state/url-state.ts";

/** What is shown; "" filters nothing. */
export interface Filters {
  readonly state: CommandState | "";
  /** A device's id, whole. */
  readonly device: string;
  /** An operator's id, whole. */
  readonly by: string;
}

export const NO_FILTERS: Filters = { state: "", device: "", by: "" };

export const filterFormat: UrlFormat<Filters> = {
  read(parameters) {
    const state = parameters.get("state") ?? "";
    return {
      state: COMMAND_STATES.find((one) => one === state) ?? "",
      device: parameters.get("device")?.trim() ?? "",
      by: parameters.get("by")?.trim() ?? "",
    };
  },
  write(filters) {
    return new URLSearchParams(Object.entries(filters).filter(([, value]) => value !== ""));
  },
};

export function isFiltered({ state, device, by }: Filters): boolean {
  return state !== "" || device !== "" || by !== "";
}

export function toQuery({ state, device, by }: Filters): ListCommandsQuery {
  return { ...(state && { state: [state] }), ...(device && { device }), ...(by && { by }) };
}
