import { type Caller, PLACES, type Place } from "./people.ts";

const PARALLEL = 8;

/** Runs `work` for all items, some at a time. The results are in the order of the items. */
export async function each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const left = items.entries();
  const worker = async () => {
    for (const [i, item] of left) results[i] = await work(item);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return results;
}

export function placesOf({ nobody, limited }: Caller): readonly Place[] {
  if (nobody) return ["own"];
  return limited ? ["tagged", "untagged"] : ["own", "other"];
}

/** The verdict in a row. A cell has one, or one for each place. */
export function expectedIn(row: ReadonlyMap<string, string>, { name, nobody }: Caller, place: Place): string {
  const verdicts = (row.get(nobody ? "nobody" : name) ?? "").split(" ");
  return verdicts[verdicts.length === 1 ? 0 : PLACES.indexOf(place)] ?? "";
}

/** Words that no answer to the caller may contain. */
export function hiddenFrom({ name, limited }: Caller): RegExp | undefined {
  if (limited) return name === "admin" ? /cellar/ : /cellar|elsewhere/;
  return name === "admin" ? undefined : /elsewhere/;
}
