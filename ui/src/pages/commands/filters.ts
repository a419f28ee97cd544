import { COMMAND_STATES, type CommandState, isOpen, type ListCommandsQuery } from "../../data/commands.ts";
import type { UrlFormat } from "../../state/url-state.ts";

/** What is shown. */
export interface Filters {
  /** In the order of {@link COMMAND_STATES}; none filters nothing. */
  readonly states: readonly CommandState[];
  /** A device's id, whole; "" filters nothing. */
  readonly device: string;
  /** An operator's id, whole; "" filters nothing. */
  readonly by: string;
}

export const NO_FILTERS: Filters = { states: [], device: "", by: "" };
/** Those that are still to come to an end, and those that have. */
export const OPEN: readonly CommandState[] = COMMAND_STATES.filter((state) => isOpen({ state }));
export const ENDED: readonly CommandState[] = COMMAND_STATES.filter((state) => !isOpen({ state }));

/** What has a name of its own, here and in the API. */
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

/** With the state or without it; all of them are the same as none. */
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
