import { shortened } from "@fleetlog/domain";
import type { CommandResult } from "@fleetlog/protocol";
import type { KuraPayload } from "../payload/codec.ts";
import { execResult } from "../requests/exec.ts";
import { type KuraApp, numberIn, textIn } from "../requests/request.ts";

const LONGEST_MESSAGE = 4_096;
export const OK = 200;

const MEANINGS: Readonly<Record<number, string>> = {
  400: "the device can't do this request as it is",
  404: "the device has no such resource",
  500: "the device could not do the request",
};

export function codeOf(reply: KuraPayload): number | undefined {
  return numberIn(reply, "response.code");
}

/** The failure that a reply with a code other than 200 reports. */
export function refusalIn(id: string, app: KuraApp, reply: KuraPayload): CommandResult {
  const code = codeOf(reply);
  if (code === undefined) return failure(id, "unreadable-reply", "the device's reply has no response.code");
  if (app === "CMD-V1" && reply.metrics.has("command.exit.code")) return programFailure(id, reply);
  const meaning = MEANINGS[code] ?? `the device answered with code ${code}`;
  const reason = textIn(reply, "response.exception.message")?.trim() || bodyText(reply);
  return failure(id, `kura-${code}`, reason === undefined ? meaning : `${meaning}: ${reason}`);
}

/**
 * The failure of a program that did not end in time; undefined for a program that ended by itself, with any exit code.
 */
export function failedProgram(id: string, reply: KuraPayload): CommandResult | undefined {
  if (execResult(reply).timedOut) return programFailure(id, reply);
  return undefined;
}

export function failure(id: string, code: string, message: string): CommandResult {
  return { id, ok: false, error: { code, message: shortened(message, LONGEST_MESSAGE) } };
}

function programFailure(id: string, reply: KuraPayload): CommandResult {
  const { exitCode, stdout, stderr, timedOut } = execResult(reply);
  const what = timedOut ? "the program did not end in time" : `the program ended with exit code ${exitCode}`;
  const output = [stderr, stdout].map((text) => text.trim()).filter((text) => text !== "");
  const code = timedOut ? "timed-out" : `exit-${exitCode}`;
  return failure(id, code, [what, ...output].join(": "));
}

function bodyText({ body }: KuraPayload): string | undefined {
  if (body === undefined || body.length === 0) return undefined;
  return Buffer.from(body).toString("utf8", 0, LONGEST_MESSAGE).trim() || undefined;
}
