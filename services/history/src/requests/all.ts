import { type AsOfCallOptions, asOfCall } from "../as-of/call.ts";
import type { Call } from "./calls.ts";

export interface CallContext extends AsOfCallOptions {}

/** All calls of the historian. */
export function callsOf(context: CallContext): readonly Call[] {
  return [asOfCall(context)];
}
