import { FleetError } from "@fleetlog/domain";
import { describe, expect, it } from "vitest";
import { asMqttFault, loginFault } from "./errors.ts";
import { loginReasonOf, MqttFault, REASON, returnCodeOf } from "./reasons.ts";

const refused = (...given: ConstructorParameters<typeof FleetError>) => {
  const fault = loginFault(new FleetError(...given));
  return {
    reason: fault.reason,
    counted: loginReasonOf(fault),
    mqtt3: returnCodeOf(fault.reason),
    text: fault.message,
  };
};

describe("a refused log-in", () => {
  it.each([
    ["limit-reached", REASON.quotaExceeded, 3],
    ["log-full", REASON.quotaExceeded, 3],
    ["log-unavailable", REASON.unavailable, 3],
    ["rate-limited", REASON.connectionRateExceeded, 3],
    ["enrolment-closed", REASON.notAuthorised, 5],
    ["forbidden", REASON.notAuthorised, 5],
    ["device-exists", REASON.implementationSpecific, 5],
  ] as const)("with the code %s is counted under this code", (code, reason, mqtt3) => {
    expect(refused(code, "no")).toEqual({ reason, counted: code, mqtt3, text: "no" });
  });

  it("says when to try again, and has the cause for operators", async () => {
    expect(refused("rate-limited", "slowly", { retryAfterMs: 2_000 }).text).toBe("slowly; retry after 2 s");
    const error = new FleetError("unauthenticated", "no", { cause: "the device is retired" });
    await expect(asMqttFault(Promise.reject(error))).rejects.toMatchObject({ cause: "the device is retired" });
    const bug = new Error("bug");
    await expect(asMqttFault(Promise.reject(bug))).rejects.toBe(bug);
  });

  it("without a code is counted by its reason", () => {
    for (const [reason, counted] of [
      [REASON.quotaExceeded, "unavailable"],
      [REASON.rateTooHigh, "rate-limited"],
      [REASON.malformed, "protocol-error"],
    ] as const)
      expect(loginReasonOf(new MqttFault(reason, ""))).toBe(counted);
    expect(returnCodeOf(REASON.rateTooHigh)).toBe(3);
  });
});
