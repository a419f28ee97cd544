import { type Projection, projectionsOf, VIEWS } from "@fleetlog/projections/folding";

const known: ReadonlyMap<string, Projection> = new Map(projectionsOf(VIEWS).map((one) => [one.name, one]));

/** Whether another thread finds the same projections by their names. */
export function areKnown(projections: readonly Projection[]): boolean {
  return projections.every((projection) => known.get(projection.name) === projection);
}

/** @throws TypeError if a name is not known */
export function projectionsByName(names: readonly string[]): readonly Projection[] {
  return names.map((name) => {
    const projection = known.get(name);
    if (projection === undefined) throw new TypeError(`there is no projection ${name}`);
    return projection;
  });
}
