/** A version's segments, each with its numbers and words. */
type Segment = readonly Token[];

interface Token {
  /** Tokens of different ranks compare by rank. */
  readonly rank: number;
  readonly text: string;
}

const LONGEST = 128;
const READABLE = /^[0-9a-z.~+_ ()-]+$/;
/** A version with one of these words is older than the version without it. The words of older versions come first. */
const EARLIER = ["dev", "nightly", "snapshot", "alpha", "beta", "milestone", "preview", "pre", "cr", "rc"];
const WITHOUT_MEANING = new Set(["v", "ver", "version", "release", "build"]);

const RANK = { tilde: 0, earlier: 1, nothing: 2, word: 3, number: 4 } as const;
const NOTHING: Token = { rank: RANK.nothing, text: "" };

/**
 * Less than 0 if `a` is older, 0 if both are the same version, undefined if one of them is no version. `updates.md` in
 * @fleetlog/protocol has the rule.
 */
export function compareVersions(a: string, b: string): number | undefined {
  const [left, right] = [segmentsOf(a), segmentsOf(b)];
  if (left === undefined || right === undefined) return undefined;
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const order = compareSegments(left[i] ?? [], right[i] ?? []);
    if (order !== 0) return order;
  }
  return 0;
}

export function isVersion(text: string): boolean {
  return segmentsOf(text) !== undefined;
}

/** Whether the version has more than one segment, such as the build in `2.1.0-1600`. */
export function hasBuild(text: string): boolean {
  return (segmentsOf(text)?.length ?? 0) > 1;
}

function segmentsOf(text: string): readonly Segment[] | undefined {
  const lower = text.trim().toLowerCase();
  if (lower.length > LONGEST || !READABLE.test(lower)) return undefined;
  const segments: Token[][] = [];
  for (const part of lower.split(/[-+ ()]+/)) {
    let segment: Token[] = [];
    for (const word of part.match(/\d+|[a-z]+|~/g) ?? []) {
      if (WITHOUT_MEANING.has(word)) continue;
      const token = tokenOf(word);
      if (token.rank < RANK.nothing && segment.length > 0 && segment.at(-1)?.rank !== RANK.tilde) {
        segments.push(segment);
        segment = [];
      }
      segment.push(token);
    }
    if (segment.length > 0) segments.push(segment);
  }
  const first = segments[0]?.[0];
  return first?.rank === RANK.number || first?.rank === RANK.nothing ? segments : undefined;
}

function tokenOf(word: string): Token {
  if (word === "~") return { rank: RANK.tilde, text: "" };
  if (/^\d/.test(word)) {
    const digits = word.replace(/^0+/, "");
    return digits === "" ? NOTHING : { rank: RANK.number, text: digits };
  }
  const earlier = EARLIER.indexOf(word);
  return earlier < 0 ? { rank: RANK.word, text: word } : { rank: RANK.earlier, text: String(earlier) };
}

function compareSegments(a: Segment, b: Segment): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const order = compareTokens(a[i] ?? NOTHING, b[i] ?? NOTHING);
    if (order !== 0) return order;
  }
  return 0;
}

function compareTokens(a: Token, b: Token): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  const isNumber = a.rank === RANK.number;
  if (isNumber && a.text.length !== b.text.length) return a.text.length - b.text.length;
  return a.text < b.text ? -1 : a.text > b.text ? 1 : 0;
}
