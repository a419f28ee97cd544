const QUALITIES =
  "amber brave bright brisk calm clear clever cosmic crisp eager early gentle golden grand happy hidden honest humble jolly keen kind lively lucky mellow merry mighty misty modest noble patient polar proud quick quiet rapid royal silent silver smooth snowy solar steady sunny swift tidy vivid warm wise witty young".split(
    " ",
  );
const ANIMALS =
  "ant badger bear beaver bee bison cat crane crow deer dolphin dove eagle elk falcon finch fox frog gecko goat goose hare hawk heron ibex koala lark lemur lion llama lynx marten mole moose newt orca otter owl panda puffin raven robin seal stork swan tiger toad turtle whale wolf wren yak zebra".split(
    " ",
  );
const NUMBERS = 90;

/**
 * One of more than 200,000 ids that are easy to read aloud and type, such as `calm-otter-47`.
 * @param random returns a number from 0 to below 1
 */
export function suggestedId(random: () => number = Math.random): string {
  const pick = (words: readonly string[]) => words[Math.floor(random() * words.length)];
  return `${pick(QUALITIES)}-${pick(ANIMALS)}-${10 + Math.floor(random() * NUMBERS)}`;
}

/**
 * An unused id.
 * @param taken returns which of the given ids are or were in use
 * @throws what `taken` throws
 */
export async function freeId(
  taken: (ids: readonly string[]) => Promise<ReadonlySet<string>>,
  random: () => number = Math.random,
): Promise<string> {
  for (;;) {
    const several = Array.from({ length: 5 }, () => suggestedId(random));
    const known = await taken(several);
    const free = several.find((id) => !known.has(id));
    if (free !== undefined) return free;
  }
}
