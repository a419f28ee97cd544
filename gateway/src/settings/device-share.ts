import { type Setting, size } from "@fleetlog/runtime/node";

/** A device that sends at its limit all the time takes 1/20 of the age of the telemetry stream to fill it. */
const SHARES = 20;
const [LEAST, MOST] = [16 * 1_024, 1_024 ** 3];

/**
 * By default derived from the telemetry stream, which drops the oldest when it is full: one device can't replace the
 * telemetry of the whole fleet within hours, whatever the sizes of its messages.
 */
export const deviceByteRate: Setting<number> = {
  ...size("64KiB", ["1KiB", "64GiB"], "Bytes a second that one device may send on average"),
  defaultText: `${SHARES} times what fills TELEMETRY within its age: 69 KiB with the defaults`,
  fallback: ({ telemetryMaxBytes, telemetryMaxAge }) =>
    shareOf(Number(telemetryMaxBytes), Number(telemetryMaxAge) / 1_000),
};

/** Bytes a second of one device, at least 16 KiB. */
export function shareOf(streamBytes: number, ageSeconds: number): number {
  return Math.round(Math.min(MOST, Math.max(LEAST, (SHARES * streamBytes) / ageSeconds)));
}
