import { vi } from "vitest";

/** Unit tests run beside other tests at a lower priority, where Vitest's second is too short for a wait. */
const LIMIT_MS = 20_000;
const IS_PATIENT = Symbol.for("fleetlog.patient-waits");

type WaitFor = typeof vi.waitFor & { [IS_PATIENT]?: true };

// Files of one worker share `vi`, so another file may have replaced `waitFor` already.
const waitFor = vi.waitFor as WaitFor;
if (waitFor[IS_PATIENT] !== true) {
  const patient: WaitFor = (callback, options) =>
    waitFor(callback, typeof options === "number" ? options : { timeout: LIMIT_MS, ...options });
  patient[IS_PATIENT] = true;
  vi.waitFor = patient;
}
