/**
 * JSON.parse reads numbers as doubles (RFC 8259, 6): `1e400` becomes infinite, `9007199254740993` another integer. This
 * module finds such numbers, so that they can be refused.
 */

/** Integers and mantissas with fewer digits are exact. */
const LONG_INTEGER = 16;
/** Fewer digits before the point need no check: a fraction of three or more digits is checked by itself. */
const LONG_BEFORE_POINT = LONG_INTEGER - 2;
/** With at most two digits of exponent, only an integer of 210 or more digits overflows; LONG_INTEGER finds that. */
const LONG_EXPONENT = 3;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE_AND_COLON = /\s*:/y;
const SHOWN = 40;

export interface ChangedNumber {
  readonly path: string;
  readonly message: string;
}

/**
 * The first number that JSON.parse changes: an integer in any form (also `9007199254740993.0` or
 * `9.007199254740993e15`) to another integer, or any number to infinity or 0. Rounding of a fraction does not count.
 * @param text JSON that JSON.parse accepts
 * @param root name of the whole value in the message
 */
export function changedNumber(text: string, root = "the value"): ChangedNumber | undefined {
  return hasSuspect(text) ? search(text, root) : undefined;
}

/**
 * Whether the text may have such a number. Runs for every report, so it reads only every third character, which takes a
 * tenth of the time of a regular expression.
 */
function hasSuspect(text: string): boolean {
  const { length } = text;
  for (let i = LONG_EXPONENT - 1; i < length; i += LONG_EXPONENT) {
    if (!isDigit(text.charCodeAt(i))) continue;
    let from = i;
    while (isDigit(text.charCodeAt(from - 1))) from--;
    let end = i + 1;
    while (isDigit(text.charCodeAt(end))) end++;
    if (end - from >= LONG_EXPONENT) {
      const before = text.charCodeAt(from - 1);
      // A long fraction is only rounded, unless an exponent makes an integer of it.
      if (end - from >= LONG_INTEGER && before !== POINT) return true;
      const after = text.charCodeAt(end) | 0x20;
      if (after === LETTER_E && before === POINT && isScaled(text, from - 1, end)) return true;
      if (end - from >= LONG_BEFORE_POINT && after === POINT && isScaled(text, end, end + 1)) return true;
      const sign = before === PLUS || before === MINUS ? 1 : 0;
      // Bit 5 is the difference between upper and lower case.
      if ((text.charCodeAt(from - 1 - sign) | 0x20) === LETTER_E && isDigit(text.charCodeAt(from - 2 - sign)))
        return true;
    }
    i = end - 1;
  }
  return false;
}

/**
 * Whether the number whose decimal point is at `point` has many digits, and an exponent that makes it larger. `end` is
 * within the fraction.
 */
function isScaled(text: string, point: number, end: number): boolean {
  let after = end;
  while (isDigit(text.charCodeAt(after))) after++;
  if ((text.charCodeAt(after) | 0x20) !== LETTER_E || text.charCodeAt(after + 1) === MINUS) return false;
  let start = point;
  while (isDigit(text.charCodeAt(start - 1))) start--;
  return after - start > LONG_INTEGER;
}

const POINT = 0x2e;
const PLUS = 0x2b;
const MINUS = 0x2d;
const LETTER_E = 0x65;

/** False for NaN, which charCodeAt returns outside the text. */
function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** An array or object around the current position; `at` is the index or name of its current member. */
interface Container {
  at: number | string;
}

function search(text: string, root: string): ChangedNumber | undefined {
  const around: Container[] = [];
  for (let i = 0; i < text.length; ) {
    const char = text[i] as string;
    const inner = around.at(-1);
    if (char === '"') {
      const end = endOfString(text, i);
      SPACE_AND_COLON.lastIndex = end;
      if (inner !== undefined && SPACE_AND_COLON.test(text)) inner.at = JSON.parse(text.slice(i, end)) as string;
      i = end;
      continue;
    }
    if (char === "-" || (char >= "0" && char <= "9")) {
      NUMBER.lastIndex = i;
      const [literal] = NUMBER.exec(text) as RegExpExecArray;
      if (!survives(literal)) return changed(literal, around, root);
      i += literal.length;
      continue;
    }
    if (char === "{") around.push({ at: "" });
    else if (char === "[") around.push({ at: 0 });
    else if (char === "}" || char === "]") around.pop();
    else if (char === "," && typeof inner?.at === "number") inner.at++;
    i++;
  }
  return undefined;
}

function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function survives(literal: string): boolean {
  const value = Number(literal);
  if (!Number.isFinite(value)) return false;
  if (value === 0) return !/^-?[\d.]*[1-9]/.test(literal);
  if (Number.isSafeInteger(value)) return true;
  const written = decimalOf(literal);
  if (written.exponent < 0) return true;
  // The number as JSON.stringify would write it.
  const stored = decimalOf(String(value));
  return written.digits === stored.digits && written.exponent === stored.exponent;
}

/** Digits without zeros at their ends, and the power of ten, negative for a fraction: `1.50e21` is 15 and 20. */
function decimalOf(literal: string): { readonly digits: string; readonly exponent: number } {
  const [mantissa = "", exponent = "0"] = literal.toLowerCase().split("e");
  const [whole = "", fraction = ""] = mantissa.replace("-", "").split(".");
  const all = (whole + fraction).replace(/^0+/, "");
  let end = all.length;
  while (all[end - 1] === "0") end--;
  return { digits: all.slice(0, end), exponent: Number(exponent) - fraction.length + all.length - end };
}

function changed(literal: string, around: readonly Container[], root: string): ChangedNumber {
  let path = "";
  for (const { at } of around) path += typeof at === "number" ? `[${at}]` : path === "" ? at : `.${at}`;
  const short = path.length > 128 ? `${path.slice(0, 127).toWellFormed()}…` : path;
  const shown = literal.length > SHOWN ? `${literal.slice(0, SHOWN)}…` : literal;
  const where = short === "" ? root : short;
  return { path: short, message: `${where} is ${shown}, which would be stored as another number; send it as text` };
}
