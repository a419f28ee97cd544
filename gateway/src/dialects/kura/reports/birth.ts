import type { Profile } from "@fleetlog/protocol";
import type { KuraPayload, MetricValue } from "../payload/codec.ts";
import { declaredFor } from "../requests/index.ts";
import { textIn } from "../requests/request.ts";

/** Metrics that change at each connection. They are left out of the profile, so that it does not change each time. */
const CHANGING = new Set(["uptime", "modem_rssi"]);
/** The fields of a profile that Fleetlog uses, and Kura's names for them. */
const KNOWN = [
  ["model", "model_name"],
  ["serial", "serial_number"],
  ["firmware", "firmware_version"],
] as const;

export interface Birth {
  readonly profile: Profile;
  /** Applications of the device; undefined if the message does not name them. */
  readonly applications: readonly string[] | undefined;
  readonly readsGzip: boolean;
}

/** @param before the profile that the device gave earlier on this connection; `MQTT/APPS` completes it */
export function birthOf(payload: KuraPayload, before?: Profile): Birth {
  const fields: Record<string, unknown> = { ...before };
  for (const [name, { value }] of payload.metrics) if (!CHANGING.has(name)) set(fields, name, value);
  for (const [known, name] of KNOWN) {
    const value = textIn(payload, name);
    if (value !== undefined) fields[known] = value;
  }
  const applications = listIn(textIn(payload, "application_ids"));
  if (applications !== undefined) fields.commands = declaredFor(applications);
  else fields.commands ??= declaredFor(undefined);
  return {
    profile: fields,
    applications,
    readsGzip: listIn(textIn(payload, "accept_encoding"))?.includes("gzip") ?? false,
  };
}

/** Values of a birth message that are not in the profile. */
export function changingIn({ metrics, position }: KuraPayload): Readonly<Record<string, unknown>> {
  const found = [...metrics].filter(([name]) => CHANGING.has(name)).map(([name, { value }]) => [name, value]);
  return { ...Object.fromEntries(found), ...(position !== undefined && { position }) };
}

function listIn(text: string | undefined): readonly string[] | undefined {
  return text?.split(",").flatMap((one) => one.trim() || []);
}

/** Sets a field of any name, also `__proto__`. */
function set(fields: Record<string, unknown>, name: string, value: MetricValue): void {
  Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true });
}
