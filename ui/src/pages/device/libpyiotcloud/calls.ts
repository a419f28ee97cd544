import { type CommandResource, runCommand } from "../../../data/commands.ts";
import { asApiError } from "../../../data/problem.ts";

const DEADLINE = "8s";

export type Answered = { readonly value: unknown } | { readonly fault: string };

/** Calls the board, and resolves with its answer or the reason why there is none. */
export async function callBoard(device: string, name: string, params: object = {}): Promise<Answered> {
  try {
    const { state, result, error } = await runCommand(device, { name, params, deadline: DEADLINE });
    if (state === "completed") return { value: result };
    if (state === "failed") return { fault: `It failed: ${error?.message ?? "no reason was given"}.` };
    return { fault: state === "cancelled" ? "The call was cancelled." : "The device did not answer." };
  } catch (error) {
    return { fault: `${asApiError(error).message}.` };
  }
}

/** The member of an answer as text; empty if there is none. */
export function memberOf(value: unknown, name: string): string {
  if (typeof value !== "object" || value === null) return "";
  const member: unknown = (value as Readonly<Record<string, unknown>>)[name];
  return member === undefined || member === null ? "" : String(member);
}

/** What is known of each pin, by its number. */
export type Pins = ReadonlyMap<number, boolean>;

const PIN_CALLS = ["get_gpio", "set_gpio"];

/** @param commands the newest first */
export function pinsOf(commands: readonly Pick<CommandResource, "name" | "state" | "result">[]): Pins {
  const pins = new Map<number, boolean>();
  for (const { name, state, result } of commands) {
    const number = Number(memberOf(result, "number") || Number.NaN);
    if (!PIN_CALLS.includes(name) || state !== "completed" || !Number.isInteger(number) || pins.has(number)) continue;
    pins.set(number, memberOf(result, "value") === "1");
  }
  return new Map([...pins].sort(([a], [b]) => a - b));
}
