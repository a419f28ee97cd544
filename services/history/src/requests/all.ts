import { type AsOfCallOptions, asOfCall } from "../as-of/call.ts";
import { checkMarksCall, marksCall } from "../marks/calls.ts";
import type { Marks } from "../marks/marks.ts";
import type { Call } from "./calls.ts";

export interface CallContext extends AsOfCallOptions {
  readonly marks: Marks;
}

/** All calls of the historian. */
export function callsOf(context: CallContext): readonly Call[] {
  const { marks } = context;
  return [asOfCall(context), marksCall(marks), checkMarksCall(marks)];
}
