import { crc32 } from "node:zlib";
import type { Operation } from "./operation.ts";

/** `<CRC-32 in eight hex digits> <JSON>\n`: a line that was written in part, or overwritten, gives itself away. */
export function toLine(operation: Operation): string {
  const json = JSON.stringify(operation);
  return `${checksum(json)} ${json}\n`;
}

/** What can be read of a journal, in order. */
export function fromLines(text: string): { readonly operations: Operation[]; readonly damaged: number } {
  const operations: Operation[] = [];
  let damaged = 0;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const json = line.slice(9);
    // The checksum is over the text as this program wrote it, so what passes has the shape that it was written with.
    if (line.slice(0, 9) === `${checksum(json)} `) operations.push(upToDate(JSON.parse(json) as Operation));
    else damaged += 1;
  }
  return { operations, damaged };
}

/**
 * What agents before this one wrote otherwise: an event that said no more than that it happened had no `data`, which the
 * gateway asks for.
 */
function upToDate(operation: Operation): Operation {
  if (operation.op !== "put" || operation.report.kind !== "event") return operation;
  const { kind, body } = operation.report;
  return { ...operation, report: { kind, body: { ...body, data: body.data ?? null } } };
}

function checksum(json: string): string {
  return crc32(json).toString(16).padStart(8, "0");
}
