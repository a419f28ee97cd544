import { type Setting, size } from "@fleetlog/runtime/node";

/** A device at its limit fills the telemetry stream in 1/20 of the stream's maximum age. */
const SHARES = 20;
const [LEAST, MOST] = [16 * 1_024, 1_024 ** 3];

/**
 * Limits the bytes of one device. The telemetry stream drops its oldest entries when it is full, so without a limit one
 * device could push out the fleet's telemetry within hours.
 */
export const deviceByteRate: Setting<number> = {
  ...size("64KiB", ["1KiB", "64GiB"], "Bytes a second that one device may send on average"),
  defaultText: `${SHARES} times the rate that fills TELEMETRY within its maximum age: 69 KiB with the defaults`,
  fallback: ({ telemetryMaxBytes, telemetryMaxAge }) =>
    shareOf(Number(telemetryMaxBytes), Number(telemetryMaxAge) / 1_000),
};

/** Bytes a second: at least 16 KiB, at most 1 GiB. */
export function shareOf(streamBytes: number, ageSeconds: number): number {
  return Math.round(Math.min(MOST, Math.max(LEAST, (SHARES * streamBytes) / ageSeconds)));
}
