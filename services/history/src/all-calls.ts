import { asOfCall } from "./as-of/call.ts";
import { chainCall } from "./chains/call.ts";
import type { Causation } from "./chains/causation.ts";
import { diffCall } from "./diff/call.ts";
import type { Differences } from "./diff/differences.ts";
import { type ExportCallOptions, exportCall } from "./export/call.ts";
import { type ExportFileCallOptions, exportFileCall } from "./export/file-call.ts";
import type { Bundles } from "./incidents/bundles.ts";
import { incidentCall } from "./incidents/call.ts";
import { checkMarksCall, marksCall } from "./marks/calls.ts";
import type { Marks } from "./marks/marks.ts";
import type { AsOf, PastDevices } from "./moments/as-of.ts";
import type { CallMoments } from "./moments/call-moments.ts";
import { type ReplayCallOptions, replayCall } from "./replay/call.ts";
import type { NewestReports } from "./reports/newest-reports.ts";
import type { Call } from "./requests/calls.ts";
import { type SqlCallOptions, sqlCall } from "./sql/call.ts";
import { type TrialCallOptions, trialCallsOf } from "./trials/calls.ts";

export interface CallContext {
  readonly asOf: AsOf;
  readonly devices: PastDevices;
  readonly moments: CallMoments;
  readonly differences: Differences;
  readonly reports: NewestReports;
  readonly exports: ExportCallOptions & ExportFileCallOptions;
  readonly causation: Causation;
  readonly bundles: Bundles;
  readonly replays: Omit<ReplayCallOptions, "moments">;
  readonly sql: Omit<SqlCallOptions, "moments">;
  readonly marks: Marks;
  readonly trials: Pick<TrialCallOptions, "trials" | "duck" | "fleet" | "log" | "owned" | "priority">;
}

/** All calls of the historian. */
export function callsOf(context: CallContext): readonly Call[] {
  const { marks, exports, moments, replays, sql, trials } = context;
  return [
    asOfCall(context),
    diffCall(context),
    chainCall(context),
    exportCall(exports),
    exportFileCall(exports),
    replayCall({ ...replays, moments }),
    sqlCall({ ...sql, moments }),
    marksCall(marks),
    checkMarksCall(marks),
    incidentCall(context),
    ...trialCallsOf({ ...context, ...trials }),
  ];
}
