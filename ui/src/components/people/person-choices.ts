import { nameOf, type PersonResource } from "../../data/people.ts";

/** Somebody to filter by. */
export interface PersonChoice {
  /** The caller as events name it, such as a person's id. */
  readonly by: string;
  /** What a field shows and takes; different for each. */
  readonly text: string;
  /** A second text by which the person is found; "": none. */
  readonly email: string;
}

/**
 * @param people empty for somebody who may not see people
 * @param known who else occurs on the page, as in events
 */
export function personChoices(
  people: readonly PersonResource[],
  known: readonly string[],
  nameOfCaller: (by: string) => string,
): readonly PersonChoice[] {
  const ids = new Set(people.map(({ id }) => id));
  const named = [
    ...people.map((one) => ({ by: one.id, text: nameOf(one), email: one.status === "erased" ? "" : one.email })),
    ...known.filter((by) => !ids.has(by)).map((by) => ({ by, text: nameOfCaller(by), email: "" })),
  ];
  const inDetail = apart(named, ({ text, email, by }) => `${text} (${email || by})`);
  // People who have ended may have the address of another person, and the names of several can be the same.
  return apart(inDetail, ({ by }, index) => `${named[index]?.text} (${by})`);
}

/** The choices. Those that have the same text as another choice get a text from `textOf` instead. */
function apart(
  choices: readonly PersonChoice[],
  textOf: (one: PersonChoice, index: number) => string,
): readonly PersonChoice[] {
  const uses = new Map<string, number>();
  for (const { text } of choices) uses.set(text, (uses.get(text) ?? 0) + 1);
  return choices.map((one, index) => (uses.get(one.text) === 1 ? one : { ...one, text: textOf(one, index) }));
}

/**
 * The ids of the people who match a typed text. A person with this id matches alone, and so does the only person with
 * exactly this name or address. Otherwise everybody matches whose name or address contains the text. Nobody matches "".
 */
export function peopleMeant(typed: string, choices: readonly PersonChoice[]): readonly string[] {
  const text = typed.trim();
  const lower = text.toLowerCase();
  if (text === "") return [];
  if (choices.some(({ by }) => by === text)) return [text];
  const isEqual = (one: PersonChoice) => [one.text, one.email].some((own) => own.toLowerCase() === lower);
  const has = (one: PersonChoice) => [one.text, one.email].some((own) => own.toLowerCase().includes(lower));
  const equal = choices.filter(isEqual);
  return (equal.length === 1 ? equal : choices.filter(has)).map(({ by }) => by);
}

/** The id of the person who matches a typed text; the text itself if nobody or several people match it. */
export function personMeant(typed: string, choices: readonly PersonChoice[]): string {
  const [first, second] = peopleMeant(typed, choices);
  return first !== undefined && second === undefined ? first : typed.trim();
}
