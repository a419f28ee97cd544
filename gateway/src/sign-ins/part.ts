import type { Core } from "../node/core.ts";
import type { NodePart } from "../node/parts.ts";
import { SignInRecorder, type SignIns } from "./recorder.ts";

export interface SignInsPart extends NodePart {
  readonly signIns: SignIns;
}

export function signInsPart({ backbone, fleet, logger, clock }: Core): SignInsPart {
  const recorder = new SignInRecorder({
    writer: fleet.writer,
    ready: () => backbone.log.status === "ready",
    logger,
    log: backbone.log,
    clock,
  });
  return { name: "sign-ins", signIns: recorder, start: () => recorder.start(), stop: () => recorder.stop() };
}
