import { each, expectedIn, placesOf } from "./cells.ts";
import type { Caller, Place } from "./people.ts";
import type { Cell, Recipe, Request } from "./recipe.ts";
import type { Table } from "./tables.ts";

export interface Prepared {
  readonly row: string;
  readonly caller: Caller;
  readonly place: Place;
  readonly expected: string;
  readonly request: Request;
  /** Whether the request depends on the place. If not, it names no target that could be hidden. */
  readonly ofPlace: boolean;
}

interface Made {
  readonly request: Request;
  /** Names of the cell's properties that the recipe read. */
  readonly used: ReadonlySet<string>;
}

const OF_CALLER = ["caller", "twin", "sharedTwin"];
const OF_EVERY_CELL = [...OF_CALLER, "hall", "admin"];

/**
 * The requests of all cells. Most of the matrix's time is spent on targets, so cells share them where the test stays
 * the same. A caller who is refused leaves the target unchanged for the next caller. A request that does not depend on
 * the place is sent for one place only. A request depends on the properties that its recipe reads from the cell.
 */
export async function prepareAll(
  table: Table,
  recipes: Readonly<Record<string, Recipe>>,
  callers: readonly Caller[],
  cellOf: (caller: Caller, place: Place) => Cell,
): Promise<Prepared[]> {
  const rows = [...table].map(([row, verdicts]) => ({ row, verdicts, refused: new Map<Place, Promise<Made>>() }));
  const tries = rows.flatMap((of) => callers.map((caller) => ({ ...of, caller })));
  const prepared = await each(tries, async ({ row, verdicts, refused, caller }) => {
    const make = (place: Place) => made(recipes[row] as Recipe, cellOf(caller, place));
    async function makeRefused(place: Place): Promise<Made> {
      const first = refused.get(place);
      if (first === undefined) {
        const making = make(place);
        refused.set(place, making);
        return making;
      }
      const found = await first;
      return OF_CALLER.some((name) => found.used.has(name)) ? make(place) : found;
    }
    const found: Prepared[] = [];
    for (const place of placesOf(caller)) {
      const expected = expectedIn(verdicts, caller, place);
      const { request, used } = await (Number(expected) >= 400 ? makeRefused(place) : make(place));
      const ofPlace = [...used].some((name) => !OF_EVERY_CELL.includes(name));
      found.push({ row, caller, place, expected, request, ofPlace });
      if (!ofPlace) break;
    }
    return found;
  });
  return prepared.flat();
}

async function made(recipe: Recipe, cell: Cell): Promise<Made> {
  const used = new Set<string>();
  const watched = new Proxy(cell, {
    get(target, name: keyof Cell & string) {
      used.add(name);
      return target[name];
    },
  });
  return { request: await recipe(watched), used };
}
