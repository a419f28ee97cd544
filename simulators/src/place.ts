/** Where a device of a kind can be, which is what people call it by. */
export interface Place {
  /** Such as `Cold store`. */
  readonly name: string;
  /** Beside those that say what the device is: site, hall, what it is for. */
  readonly tags: readonly string[];
}

/** The place of a kind's nth device (from 1); when all are taken, they come again. */
export function placeOf<P extends Place>(places: readonly P[], nth: number): P {
  const place = places[(nth - 1) % places.length];
  if (place === undefined) throw new RangeError("a kind of device needs at least one place");
  return place;
}

/** What people call it there: the place, and from the second round on a number. */
export function nameIn(places: readonly Place[], nth: number): string {
  const { name } = placeOf(places, nth);
  const round = Math.floor((nth - 1) / places.length) + 1;
  return round === 1 ? name : `${name} ${round}`;
}
