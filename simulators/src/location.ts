/** A location for devices of a kind; its name becomes the device's name. */
export interface Location {
  /** Such as `Cold store`. */
  readonly name: string;
  /** Tags of the location, such as site, hall and purpose. */
  readonly tags: readonly string[];
}

/** The location of a kind's nth device (from 1). If there are more devices than locations, locations are used again. */
export function locationOf<P extends Location>(locations: readonly P[], nth: number): P {
  const location = locations[(nth - 1) % locations.length];
  if (location === undefined) throw new RangeError("a kind of device needs at least one location");
  return location;
}

/** The name of a kind's nth device: the location, with a number if the location is used again. */
export function nameIn(locations: readonly Location[], nth: number): string {
  const { name } = locationOf(locations, nth);
  const round = Math.floor((nth - 1) / locations.length) + 1;
  return round === 1 ? name : `${name} ${round}`;
}
