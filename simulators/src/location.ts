/** A location for devices; its name becomes a device's name. */
export interface Location {
  readonly name: string;
  readonly tags: readonly string[];
}

/** The location of device `nth`, counted from 1. If there are more devices than locations, several share one. */
export function locationOf<P extends Location>(locations: readonly P[], nth: number): P {
  const location = locations[(nth - 1) % locations.length];
  if (location === undefined) throw new RangeError("a kind of device needs at least one location");
  return location;
}

export function nameIn(locations: readonly Location[], nth: number): string {
  const { name } = locationOf(locations, nth);
  const round = Math.floor((nth - 1) / locations.length) + 1;
  return round === 1 ? name : `${name} ${round}`;
}
