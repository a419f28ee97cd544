import { nameOf, type PersonResource } from "../../data/people.ts";

/** Somebody to filter by. */
export interface PersonChoice {
  /** As in events, such as a person's id. */
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
    ...people.map((one) => ({ by: one.id, text: nameOf(one), email: one.email })),
    ...known.filter((by) => !ids.has(by)).map((by) => ({ by, text: nameOfCaller(by), email: "" })),
  ];
  const uses = new Map<string, number>();
  for (const { text } of named) uses.set(text, (uses.get(text) ?? 0) + 1);
  return named.map((one) =>
    uses.get(one.text) === 1 ? one : { ...one, text: `${one.text} (${one.email || one.by})` },
  );
}

/**
 * The id of the person that a text means: by id, by the whole name or address, otherwise by a part of a name or address
 * that only one person has. The text itself, if it means nobody or several people.
 */
export function personMeant(typed: string, choices: readonly PersonChoice[]): string {
  const text = typed.trim();
  const lower = text.toLowerCase();
  if (text === "" || choices.some(({ by }) => by === text)) return text;
  const isEqual = (one: PersonChoice) => [one.text, one.email].some((own) => own.toLowerCase() === lower);
  const has = (one: PersonChoice) => [one.text, one.email].some((own) => own.toLowerCase().includes(lower));
  for (const fits of [isEqual, has]) {
    const [first, second] = choices.filter(fits);
    if (first !== undefined && second === undefined) return first.by;
  }
  return text;
}
