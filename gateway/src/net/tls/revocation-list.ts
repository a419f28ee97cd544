const INTEGER = 0x02;
const SEQUENCE = 0x30;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;

interface Element {
  readonly tag: number;
  readonly content: Buffer;
  readonly rest: Buffer;
}

/**
 * The expiry of a revocation list: its `nextUpdate` (RFC 5280, 5.1.2.5), which is optional. Node can't read this field.
 * @throws RangeError for anything but a list
 */
export function nextUpdateOf(list: Buffer): Date | undefined {
  let at = element(element(list, SEQUENCE).content, SEQUENCE).content;
  // TBSCertList: version (optional), signature, issuer, thisUpdate, nextUpdate (optional) …
  if (at[0] === INTEGER) at = element(at).rest;
  at = element(element(at, SEQUENCE).rest, SEQUENCE).rest;
  const thisUpdate = element(at);
  timeOf(thisUpdate);
  const next = thisUpdate.rest.length === 0 ? undefined : element(thisUpdate.rest);
  return next?.tag === UTC_TIME || next?.tag === GENERALIZED_TIME ? timeOf(next) : undefined;
}

/** Reads a DER element (X.690, 8.1). */
function element(from: Buffer, expected?: number): Element {
  const tag = from.readUInt8(0);
  if (expected !== undefined && tag !== expected) throw new RangeError("not a revocation list");
  const short = from.readUInt8(1);
  const more = short < 0x80 ? 0 : short & 0x7f;
  const length = more === 0 ? short : from.readUIntBE(2, more);
  const begin = 2 + more;
  if (begin + length > from.length) throw new RangeError("a revocation list is incomplete");
  return { tag, content: from.subarray(begin, begin + length), rest: from.subarray(begin + length) };
}

/** `YYMMDDhhmmssZ` with years from 1950, or `YYYYMMDDhhmmssZ` (RFC 5280, 4.1.2.5). */
function timeOf({ tag, content }: Element): Date {
  const text = content.toString("latin1");
  const digits = tag === UTC_TIME ? `${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text}` : text;
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits) ?? [];
  if (year === undefined) throw new RangeError("a revocation list has an invalid time");
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
