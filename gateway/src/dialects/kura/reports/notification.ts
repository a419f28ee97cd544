import { shortened } from "@fleetlog/domain";
import type { CommandProgressReport, CommandResult } from "@fleetlog/protocol";
import type { KuraPayload } from "../payload/codec.ts";
import { numberIn, type Stage, textIn } from "../requests/request.ts";
import { failure } from "./reply.ts";

const STAGES: ReadonlySet<string> = new Set(["download", "install", "uninstall"] satisfies Stage[]);
const WORDS: Readonly<Record<Stage, string>> = {
  download: "downloading",
  install: "installing",
  uninstall: "uninstalling",
};
const LONGEST = 512;

/** What a notification reports about one stage. */
export type StageReport =
  | { readonly kind: "progress"; readonly progress: Omit<CommandProgressReport, "id"> }
  | { readonly kind: "done"; readonly result: Readonly<Record<string, unknown>> }
  | { readonly kind: "failed"; result(id: string): CommandResult };

export function isStage(text: string): text is Stage {
  return STAGES.has(text);
}

export function stageReport(stage: Stage, payload: KuraPayload): StageReport | undefined {
  const status = textIn(payload, `dp.${stage}.status`);
  switch (status) {
    case "IN_PROGRESS":
      return { kind: "progress", progress: progressOf(stage, payload) };
    case "COMPLETED":
    case "ALREADY DONE":
    case "ALREADY_DONE": {
      const size = numberIn(payload, `dp.${stage}.size`);
      const file = textIn(payload, "dp.name");
      return {
        kind: "done",
        result: { [stage]: "completed", ...(size && { size }), ...(file !== undefined && { file }) },
      };
    }
    case "FAILED":
    case "CANCELLED": {
      const reason = textIn(payload, `dp.${stage}.error.message`)?.trim();
      const what = `the ${stage} ${status === "FAILED" ? "has failed" : "was cancelled"}`;
      const message = reason ? `${what}: ${reason}` : what;
      return { kind: "failed", result: (id) => failure(id, `${stage}-${status.toLowerCase()}`, message) };
    }
    default:
      return undefined;
  }
}

function progressOf(stage: Stage, payload: KuraPayload): Omit<CommandProgressReport, "id"> {
  const percent = numberIn(payload, `dp.${stage}.progress`);
  const size = numberIn(payload, `dp.${stage}.size`);
  const isPercent = percent !== undefined && percent >= 0 && percent <= 100;
  return {
    step: WORDS[stage],
    ...(isPercent && { percent }),
    ...(size !== undefined && size > 0 && { message: shortened(`${size} bytes`, LONGEST) }),
  };
}
