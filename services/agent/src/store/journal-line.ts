import * as zlib from "node:zlib";
import { crc32 } from "./crc32.ts";
import type { Operation } from "./operation.ts";

/** `<CRC-32 in eight hex digits> <JSON>\n`. The checksum reveals torn and overwritten lines. */
export function toLine(operation: Operation): string {
  const json = JSON.stringify(operation);
  return `${checksum(json)} ${json}\n`;
}

export function fromLines(text: string): { readonly operations: Operation[]; readonly damaged: number } {
  const operations: Operation[] = [];
  let damaged = 0;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const json = line.slice(9);
    // The checksum shows that an agent wrote the line, so it is an operation.
    if (line.slice(0, 9) === `${checksum(json)} `) operations.push(upgraded(JSON.parse(json) as Operation));
    else damaged += 1;
  }
  return { operations, damaged };
}

/** Older agents wrote events without `data`, which the gateway requires. */
function upgraded(operation: Operation): Operation {
  if (operation.op !== "put" || operation.report.kind !== "event") return operation;
  const { kind, body } = operation.report;
  return { ...operation, report: { kind, body: { ...body, data: body.data ?? null } } };
}

const crc: (text: string) => number = (zlib as { readonly crc32?: typeof zlib.crc32 }).crc32 ?? crc32;

function checksum(json: string): string {
  return crc(json).toString(16).padStart(8, "0");
}
