import type { AdmissionControl } from "../../flow/admission.ts";
import type { Appended } from "../../log.ts";
import { type PendingAppend, reportRefused, reportStored } from "./pending.ts";
import type { PipelineHost } from "./pipeline-host.ts";

/** Reports the outcome of each append once, and frees its place in the window. */
export class Outcomes {
  readonly #admission: Pick<AdmissionControl, "release">;
  readonly #host: Pick<PipelineHost, "released">;

  constructor(admission: Pick<AdmissionControl, "release">, host: Pick<PipelineHost, "released">) {
    this.#admission = admission;
    this.#host = host;
  }

  stored(append: PendingAppend, appended: Appended): void {
    if (!this.#settle(append)) return;
    reportStored(append, appended);
    this.#host.released();
  }

  refused(append: PendingAppend, error: Error): void {
    if (!this.#settle(append)) return;
    reportRefused(append, error);
    this.#host.released();
  }

  /** False if the caller has the outcome already. */
  #settle(append: PendingAppend): boolean {
    if (append.settled) return false;
    append.settled = true;
    this.#admission.release(append.bytes);
    return true;
  }
}
