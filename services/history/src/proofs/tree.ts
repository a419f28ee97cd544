import { createHash } from "node:crypto";

const NODE = 1;

/** The Merkle tree of RFC 6962, section 2.1, over at least one hash. */
export function rootOf(hashes: readonly Buffer[]): Buffer {
  const [first] = hashes;
  if (first === undefined) throw new RangeError("a tree has at least one hash");
  if (hashes.length === 1) return first;
  const half = halfOf(hashes.length);
  return nodeOf(rootOf(hashes.slice(0, half)), rootOf(hashes.slice(half)));
}

/**
 * The roots of all largest subtrees that have none of the indexes, from left to right.
 * @param indexes sorted
 */
export function proofOf(hashes: readonly Buffer[], indexes: readonly number[]): Buffer[] {
  if (indexes.length === 0) return [rootOf(hashes)];
  if (hashes.length === 1) return [];
  const half = halfOf(hashes.length);
  const [left, right] = split(indexes, half);
  return [...proofOf(hashes.slice(0, half), left), ...proofOf(hashes.slice(half), right)];
}

/**
 * The root of a tree of `count` hashes, of which some are known; undefined if the proof does not fit.
 * @param known by index, in the order of the indexes
 */
export function rootFrom(
  count: number,
  known: ReadonlyMap<number, Buffer>,
  proof: readonly Buffer[],
): Buffer | undefined {
  const left = proof.values();
  const within = (size: number, indexes: readonly number[], from: number): Buffer | undefined => {
    if (indexes.length === 0) return left.next().value;
    if (size === 1) return known.get(from);
    const half = halfOf(size);
    const [before, after] = split(indexes, half);
    const first = within(half, before, from);
    const second = within(size - half, after, from + half);
    return first && second && nodeOf(first, second);
  };
  const root = within(count, [...known.keys()], 0);
  return left.next().done === true ? root : undefined;
}

function nodeOf(left: Buffer, right: Buffer): Buffer {
  return createHash("sha256").update(Buffer.of(NODE)).update(left).update(right).digest();
}

/** The indexes in each of two parts. Indexes in the second part are counted from its start. */
function split(indexes: readonly number[], half: number): [number[], number[]] {
  return [indexes.filter((index) => index < half), indexes.filter((index) => index >= half).map((one) => one - half)];
}

/** The largest power of two below the number. */
function halfOf(count: number): number {
  return 2 ** (Math.ceil(Math.log2(count)) - 1);
}
