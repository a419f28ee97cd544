import type { RecordedEvent } from "@fleetlog/domain";
import { acceptClaimed, isClaimed, reportProvisioning, showClaimCode } from "@fleetlog/fleet";
import type { ProvisioningSource } from "./device.ts";

type Dependencies = Parameters<typeof acceptClaimed>[0];
/** After this time a waiting device's code is looked up again, in case its event was missed. */
const LOOK_AGAIN_MS = 60_000;

/** Lets in devices that show a claim code. They wait until somebody has claimed them. */
export class ClaimCodes {
  readonly #fleet: Dependencies;
  readonly #clock: () => number;
  /** By code: functions to call when the code is used or revoked. */
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(fleet: Dependencies, clock: () => number) {
    this.#fleet = fleet;
    this.#clock = clock;
  }

  readonly source: ProvisioningSource = async (presented) => {
    if ("certificate" in presented) return undefined;
    const shown = await showClaimCode(this.#fleet, presented, this.#clock());
    if (shown === undefined) return undefined;
    return {
      id: shown.request,
      login: presented.userName,
      account: shown.account,
      ready: (ended) => this.#claimed(shown.code, ended),
      ask: (question, session) => acceptClaimed(this.#fleet, shown, question, this.#clock(), session),
      progress: (progress) => reportProvisioning(this.#fleet, shown.request, progress),
    };
  };

  /** Called with each event about provisioning, on whatever node it was recorded. */
  onEvent(event: RecordedEvent): void {
    if (event.type !== "ClaimCodeUsed" && event.type !== "ClaimCodeRevoked") return;
    for (const wake of this.#waiting.get(event.data.code) ?? []) wake();
  }

  /** Resolves once the code is claimed, or once the device is gone. @throws FleetError `claim-code-unknown` for a revoked code */
  async #claimed(code: string, ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      // Events are listened for before the look-up, so that none is missed.
      const { next, stop } = this.#next(code, ended);
      try {
        if (await isClaimed(this.#fleet, code)) return;
        await next;
      } finally {
        stop();
      }
    }
  }

  #next(code: string, ended: AbortSignal): { readonly next: Promise<void>; readonly stop: () => void } {
    let wake = () => {};
    const next = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const timer = setTimeout(wake, LOOK_AGAIN_MS).unref();
    const waiting = this.#waiting.get(code) ?? new Set();
    this.#waiting.set(code, waiting.add(wake));
    ended.addEventListener("abort", wake, { once: true });
    const stop = () => {
      clearTimeout(timer);
      ended.removeEventListener("abort", wake);
      waiting.delete(wake);
      if (waiting.size === 0 && this.#waiting.get(code) === waiting) this.#waiting.delete(code);
    };
    return { next, stop };
  }
}
