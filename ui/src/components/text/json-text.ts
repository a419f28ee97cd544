import { changedNumber } from "@fleetlog/runtime";

export interface JsonText {
  /** Undefined if the text is not JSON. */
  readonly value: unknown;
  /** Error text for a field; undefined if the value can be sent as it was typed. */
  readonly fault: string | undefined;
}

export function readJson(text: string): JsonText {
  try {
    return { value: JSON.parse(text), fault: changedFault(text) };
  } catch {
    return { value: undefined, fault: "This is not valid JSON." };
  }
}

/** Error text for a number that the browser cannot represent exactly; undefined for all other texts. */
export function changedFault(text: string): string | undefined {
  const changed = changedNumber(text, "This");
  return changed === undefined ? undefined : `${changed.message}.`;
}
