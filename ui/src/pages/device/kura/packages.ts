export interface KuraBundle {
  readonly name: string;
  readonly version?: string;
  readonly state?: string;
}

/** Packages in the result of `packages.list`; none if it has another form. */
export function packagesIn(result: unknown): readonly KuraBundle[] {
  return namedIn(result, "packages");
}

/** Bundles in the result of `bundles.list`. */
export function bundlesIn(result: unknown): readonly KuraBundle[] {
  return namedIn(result, "bundles");
}

function namedIn(result: unknown, field: string): readonly KuraBundle[] {
  const found = ((result ?? {}) as Readonly<Record<string, unknown>>)[field];
  if (!Array.isArray(found)) return [];
  return found.filter((one): one is KuraBundle => typeof (one as Partial<KuraBundle> | null)?.name === "string");
}
