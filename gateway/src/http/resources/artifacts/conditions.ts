import type { IncomingHttpHeaders } from "node:http";
import { FleetError } from "@fleetlog/domain";
import type { ByteRange } from "@fleetlog/log";

/** The properties on which conditions depend. */
export interface Representation {
  readonly etag: string;
  /** Undefined: conditions by time do not match. */
  readonly modified?: Date;
  readonly size: number;
}

export type Selected = { readonly status: 304 } | { readonly status: 200 | 206 | 416; readonly range?: ByteRange };

/**
 * Evaluates conditions and range in the order of RFC 9110, 13.2.2. Several ranges are ignored (14.2).
 * @throws FleetError `precondition-failed`
 */
export function select(method: string, headers: IncomingHttpHeaders, found: Representation): Selected {
  if (fails(headers, found)) throw new FleetError("precondition-failed", "the file is not the expected one");
  if (isUnchanged(headers, found)) return { status: 304 };
  const asked = method === "GET" && mayUseRange(headers, found) ? rangeOf(headers.range, found.size) : undefined;
  if (asked === undefined) return { status: 200 };
  return asked === "unsatisfiable" ? { status: 416 } : { status: 206, range: asked };
}

function fails(headers: IncomingHttpHeaders, { etag, modified }: Representation): boolean {
  const ifMatch = headers["if-match"];
  // Strong comparison: a weak tag never matches.
  if (ifMatch !== undefined) return ifMatch.trim() !== "*" && !tagsOf(ifMatch).includes(etag);
  const since = dateOf(headers["if-unmodified-since"]);
  return since !== undefined && modified !== undefined && secondsOf(modified) > since;
}

function isUnchanged(headers: IncomingHttpHeaders, { etag, modified }: Representation): boolean {
  const ifNoneMatch = headers["if-none-match"];
  if (ifNoneMatch !== undefined)
    return ifNoneMatch.trim() === "*" || tagsOf(ifNoneMatch).some((tag) => tag.replace(/^W\//, "") === etag);
  const since = dateOf(headers["if-modified-since"]);
  return since !== undefined && modified !== undefined && secondsOf(modified) <= since;
}

/** Whether the range may be sent (RFC 9110, 13.1.5). If not, the whole file is sent. */
function mayUseRange(headers: IncomingHttpHeaders, { etag, modified }: Representation): boolean {
  const ifRange = headers["if-range"];
  if (typeof ifRange !== "string") return true;
  return ifRange.includes('"')
    ? ifRange.trim() === etag
    : modified !== undefined && dateOf(ifRange) === secondsOf(modified);
}

/** RFC 9110, 14.1.2. Undefined for another unit, several ranges or a malformed range: then the whole file is sent. */
function rangeOf(header: string | undefined, size: number): ByteRange | "unsatisfiable" | undefined {
  const [, first = "", last = ""] = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(header ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const length = Number(last);
    return length === 0 ? "unsatisfiable" : { start: Math.max(size - length, 0), end: size };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return undefined;
  return start >= size ? "unsatisfiable" : { start, end: last === "" ? size : Math.min(Number(last) + 1, size) };
}

function tagsOf(header: string): string[] {
  return header.match(/(?:W\/)?"[^"]*"/g) ?? [];
}

/** Seconds since 1970; undefined if the header is no date. */
function dateOf(header: string | undefined): number | undefined {
  const milliseconds = header === undefined ? Number.NaN : Date.parse(header);
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1_000);
}

function secondsOf(date: Date): number {
  return Math.floor(date.getTime() / 1_000);
}
