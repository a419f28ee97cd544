import { COMMAND_STATES, type CommandState, isOpen, type ListCommandsQuery } from "../../data/commands.ts";
import type { UrlFormat } from "../../state/url-state.ts";

/** The filters of the list, kept in the URL. */
export interface Filters {
  /** In the order of {@link COMMAND_STATES}; empty: no filter. */
  readonly states: readonly CommandState[];
  /** A complete device id; "": no filter. */
  readonly device: string;
  /** A complete operator id; "": no filter. */
  readonly by: string;
}

export const NO_FILTERS: Filters = { states: [], device: "", by: "" };
/** States before and after the end of a command. */
export const OPEN: readonly CommandState[] = COMMAND_STATES.filter((state) => isOpen({ state }));
export const ENDED: readonly CommandState[] = COMMAND_STATES.filter((state) => !isOpen({ state }));

/** Names for several states, here and in the API. */
const NAMED: Readonly<Record<string, readonly CommandState[]>> = { open: OPEN, ended: ENDED };

export const filterFormat: UrlFormat<Filters> = {
  read(parameters) {
    const given = new Set(
      (parameters.get("state") ?? "").split(",").flatMap((one) => NAMED[one] ?? [one as CommandState]),
    );
    const states = COMMAND_STATES.filter((state) => given.has(state));
    return {
      states: states.length === COMMAND_STATES.length ? [] : states,
      device: parameters.get("device")?.trim() ?? "",
      by: parameters.get("by")?.trim() ?? "",
    };
  },
  write({ states, device, by }) {
    const state = nameOf(states) ?? states.join(",");
    return new URLSearchParams(Object.entries({ state, device, by }).filter(([, value]) => value !== ""));
  },
};

/** `open` or `ended`, if it is exactly these states. */
export function nameOf(states: readonly CommandState[]): string | undefined {
  return Object.keys(NAMED).find((name) => NAMED[name]?.join() === states.join());
}

/** The states with one added or removed; all of them are the same as none. */
export function toggled(states: readonly CommandState[], one: CommandState): readonly CommandState[] {
  const next = COMMAND_STATES.filter((state) => (state === one) !== states.includes(state));
  return next.length === COMMAND_STATES.length ? [] : next;
}

export function isFiltered({ states, device, by }: Filters): boolean {
  return states.length > 0 || device !== "" || by !== "";
}

export function toQuery({ states, device, by }: Filters): ListCommandsQuery {
  return { ...(states.length > 0 && { state: [...states] }), ...(device && { device }), ...(by && { by }) };
}
