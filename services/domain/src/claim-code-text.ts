/**
 * A claim code is 18 random characters and 2 check characters, printed in groups of four. No two characters of the alphabet
 * look alike. The alphabet's size is prime: so the check characters find one wrong character, or two swapped ones.
 */
const ALPHABET = "34679ACDEFGHJKMNPRTVWXY";
const PRIME = ALPHABET.length;
const RANDOM = 18;
const LENGTH = RANDOM + 2;
const GROUP = 4;

/** Codes that Fleetlog did not make may have any letters and digits. */
const NORMAL = /^[A-Z0-9]{8,64}$/;

/** Makes a code, as it is printed. @param randomBelow gives a random integer that is smaller than its argument */
export function newClaimCode(randomBelow: (bound: number) => number): string {
  const values = Array.from({ length: RANDOM }, () => randomBelow(PRIME));
  return printed([...values, ...checksOf(values)].map((value) => ALPHABET[value]).join(""));
}

/** The code in upper case without spaces, dots, hyphens and underscores; undefined if it can't be a claim code. */
export function normalClaimCode(text: string): string | undefined {
  const normal = text.replace(/[\s._-]+/g, "").toUpperCase();
  return NORMAL.test(normal) ? normal : undefined;
}

/**
 * Says what is mistyped in the code, and in which group of characters if that is known. Undefined if nothing is, or if
 * Fleetlog did not make the code.
 */
export function claimCodeMistake(normal: string): string | undefined {
  const values = [...normal].map((character) => ALPHABET.indexOf(character));
  const foreign = values.filter((value) => value < 0).length;
  if (foreign > 1 || Math.abs(normal.length - LENGTH) > 1) return undefined;
  if (normal.length !== LENGTH) {
    // Fleetlog does not make codes with this character.
    if (foreign > 0) return undefined;
    return `a code has ${LENGTH} characters, and this one has ${normal.length}`;
  }
  const known = values.map((value) => Math.max(value, 0));
  const [sum, weighted] = sums(known);
  if (foreign === 1) return wrongGroup(values.indexOf(-1));
  if (sum === 0 && weighted === 0) return undefined;
  // With one wrong character, the weighted sum is the character's place times the plain sum.
  const place = sum === 0 ? -1 : known.findIndex((_, index) => mod((index + 1) * sum - weighted) === 0);
  return place < 0 ? "some characters are wrong, or two have changed places" : wrongGroup(place);
}

function wrongGroup(place: number): string {
  return `a character of group ${Math.floor(place / GROUP) + 1} seems to be wrong`;
}

function printed(code: string): string {
  return code.match(new RegExp(`.{1,${GROUP}}`, "g"))?.join("-") ?? "";
}

/** The check values: with them at the end, both sums are 0. */
function checksOf(values: readonly number[]): [number, number] {
  const [sum, weighted] = sums(values);
  const [a, b] = [RANDOM + 1, RANDOM + 2];
  // x + y = -sum and a x + b y = -weighted, where b - a is 1.
  const y = mod(a * sum - weighted);
  const x = mod(-sum - y);
  if (mod(a * x + b * y + weighted) !== 0) throw new Error("the check characters are wrong");
  return [x, y];
}

function sums(values: readonly number[]): [number, number] {
  let [sum, weighted] = [0, 0];
  for (const [index, value] of values.entries()) [sum, weighted] = [sum + value, weighted + (index + 1) * value];
  return [mod(sum), mod(weighted)];
}

function mod(value: number): number {
  return ((value % PRIME) + PRIME) % PRIME;
}
