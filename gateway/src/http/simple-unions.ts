interface Schema {
  readonly type?: string | readonly string[];
  readonly nullable?: boolean;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema | readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
}

const SCALARS: ReadonlySet<unknown> = new Set(["string", "integer", "number", "boolean", "null"]);

/**
 * A schema that serializes values as the given one does. For a serializer with `anyOf`, fast-json-stringify
 * compiles a validator of each alternative, which took a fifth of a second for some answers. A value that may be null,
 * or a union of scalars, needs none.
 */
export function withSimpleUnions(schema: Schema): Schema {
  const { anyOf, properties, items, additionalProperties, patternProperties } = schema;
  if (anyOf !== undefined) return union(schema, anyOf.map(withSimpleUnions));
  return {
    ...schema,
    ...(properties !== undefined && { properties: each(properties) }),
    ...(isSchema(items) && { items: withSimpleUnions(items) }),
    ...(isSchema(additionalProperties) && { additionalProperties: withSimpleUnions(additionalProperties) }),
    ...(patternProperties !== undefined && { patternProperties: each(patternProperties) }),
  };
}

/** False for a list of schemas: the items of a tuple stay as they are. */
function isSchema(given: Schema | readonly Schema[] | boolean | undefined): given is Schema {
  return typeof given === "object" && !Array.isArray(given);
}

function each(schemas: Readonly<Record<string, Schema>>): Readonly<Record<string, Schema>> {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, withSimpleUnions(schema)]));
}

function union({ anyOf: _, ...rest }: Schema, members: readonly Schema[]): Schema {
  const types = members.map(({ type }) => type).filter((type) => typeof type === "string");
  const isOfTypes = types.length === members.length && new Set(types).size === types.length;
  const [one, ...others] = members.filter(({ type }) => type !== "null");
  if (isOfTypes && types.every((type) => SCALARS.has(type)) && !members.some(hasValues)) {
    // The keywords of a single type stay: for example, `format` says how a date is written.
    return { ...rest, ...(others.length === 0 ? one : {}), type: types };
  }
  if (isOfTypes && one !== undefined && others.length === 0 && !SCALARS.has(one.type)) {
    return { ...rest, ...one, nullable: true };
  }
  return { ...rest, anyOf: members };
}

/** Whether the member lists its values: the type alone then does not say that a value is of this member. */
function hasValues(schema: Schema): boolean {
  return "const" in schema || "enum" in schema;
}
