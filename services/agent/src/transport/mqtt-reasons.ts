import type { IConnackPacket, IDisconnectPacket } from "mqtt";
import { optionalRetryAfter, retryAfterText } from "./retry-after.ts";
import { type LinkEnd, Refusal } from "./transport.ts";

/** Return codes of MQTT 3.1.1 [MQTT-3.2.2-6], with the reason codes of MQTT 5. */
const RETURN_CODES: Readonly<Record<number, number>> = { 1: 0x84, 2: 0x85, 3: 0x88, 4: 0x86, 5: 0x87 };

const KINDS: Readonly<Record<number, LinkEnd["kind"]>> = {
  133: "credentials", // 0x85 Client Identifier not valid
  134: "credentials", // 0x86 Bad User Name or Password
  135: "credentials", // 0x87 Not authorized
  138: "credentials", // 0x8A Banned
  140: "credentials", // 0x8C Bad authentication method
  136: "busy", // 0x88 Server unavailable
  137: "busy", // 0x89 Server busy
  150: "busy", // 0x96 Message rate too high
  151: "busy", // 0x97 Quota exceeded
  159: "busy", // 0x9F Connection rate exceeded
  142: "superseded", // 0x8E Session taken over
};

export function endOfConnack({ reasonCode, returnCode, properties }: IConnackPacket): LinkEnd | undefined {
  const code = reasonCode ?? RETURN_CODES[returnCode ?? 0] ?? returnCode ?? 0;
  return code === 0 ? undefined : end("connection refused", code, properties);
}

/** MQTT 5, 3.14. */
export function endOfDisconnect({ reasonCode = 0, properties }: IDisconnectPacket): LinkEnd {
  return end("disconnected by the gateway", reasonCode, properties);
}

interface Properties {
  readonly reasonString?: string;
  readonly userProperties?: object;
}

function end(what: string, code: number, properties: Properties | undefined): LinkEnd {
  const text = properties?.reasonString;
  const reason = `${what} with 0x${code.toString(16)}${text === undefined ? "" : `: ${text}`}`;
  return { kind: KINDS[code] ?? "lost", reason, ...optionalRetryAfter(retryAfterOf(properties)) };
}

/** Reads the user property `retry-after` in seconds or, without that, the reason string. */
function retryAfterOf(properties: Properties | undefined): number | undefined {
  for (const [name, value] of Object.entries(properties?.userProperties ?? {}))
    if (name.toLowerCase() === "retry-after") return retryAfterText(`retry-after: ${String(value)}`);
  return retryAfterText(properties?.reasonString);
}

const PERMANENT = new Set([
  0x83, // Implementation specific error: final refusals for which MQTT has no code
  0x87, // Not authorized
  0x90, // Topic Name invalid
  0x95, // Packet too large
  0x99, // Payload format invalid
]);

export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "number") return undefined;
  return new Refusal(error.code, error.message, { permanent: PERMANENT.has(error.code) });
}
