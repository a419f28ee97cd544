import { FleetError } from "./errors.ts";

/**
 * Ids are used as MQTT client ids, user names, topic levels and in URLs. Colons are allowed because MAC addresses are
 * common ids.
 */
export const DEVICE_ID_PATTERN = "^[A-Za-z0-9][A-Za-z0-9_:-]{0,127}$";
export const DEVICE_ID_ACCEPTS = "1 to 128 letters, digits, '-', '_' or ':', beginning with a letter or a digit";
const deviceId = new RegExp(DEVICE_ID_PATTERN);

export function isDeviceId(value: unknown): value is string {
  return typeof value === "string" && deviceId.test(value);
}

/** @throws FleetError `invalid-request` on `field` */
export function parseDeviceId(value: unknown, field = "id"): string {
  if (isDeviceId(value)) return value;
  throw new FleetError("invalid-request", `${field} must be a device id: ${DEVICE_ID_ACCEPTS}`, { field });
}

/** Ids are used in MQTT topics and URLs. Fleetlog makes them. */
export const COMMAND_ID_PATTERN = "^[A-Za-z0-9_-]{1,64}$";
const commandId = new RegExp(COMMAND_ID_PATTERN);

export function isCommandId(value: unknown): value is string {
  return typeof value === "string" && commandId.test(value);
}

const encoder = new TextEncoder();
// A leading byte order mark belongs to the id.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const plain = /^[A-Za-z0-9_-]+$/;

/**
 * Encodes an id as one token of a NATS subject: bytes outside `[A-Za-z0-9_-]` become `=HH`. Different ids have
 * different tokens.
 * @throws FleetError `invalid-request` for an empty id, or half a surrogate pair, which has no UTF-8
 */
export function encodeToken(id: string): string {
  if (plain.test(id)) return id;
  if (id.length === 0) throw new FleetError("invalid-request", "an id must not be empty", { field: "id" });
  if (!id.isWellFormed()) throw new FleetError("invalid-request", "an id must be Unicode text", { field: "id" });
  let token = "";
  for (const byte of encoder.encode(id)) {
    const char = String.fromCharCode(byte);
    token += plain.test(char) ? char : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return token;
}

/** Undefined for tokens that {@link encodeToken} never makes. */
export function decodeToken(token: string): string | undefined {
  if (plain.test(token)) return token;
  const bytes: number[] = [];
  for (let i = 0; i < token.length; i++) {
    const char = token.charAt(i);
    if (char === "=") {
      const hex = token.slice(i + 1, i + 3);
      if (!/^[0-9A-F]{2}$/.test(hex)) return undefined;
      bytes.push(Number.parseInt(hex, 16));
      i += 2;
    } else if (plain.test(char)) bytes.push(char.charCodeAt(0));
    else return undefined;
  }
  try {
    const id = decoder.decode(new Uint8Array(bytes));
    return id !== "" && encodeToken(id) === token ? id : undefined;
  } catch {
    return undefined;
  }
}
