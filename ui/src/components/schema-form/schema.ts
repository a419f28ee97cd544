/** As much of JSON Schema (draft 2020-12) as forms are made from; the rest is ignored here, and judged by the device. */
export interface Schema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

export type FieldKind = "choice" | "flag" | "number" | "text" | "json";

export interface Field {
  readonly name: string;
  readonly title: string;
  readonly schema: Schema;
  readonly kind: FieldKind;
  readonly required: boolean;
}

/** Schemas come from devices: nothing about them is certain. */
export function asSchema(value: unknown): Schema | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Schema) : undefined;
}

/** Whether two schemas say different things: what a device reports again comes as another object. */
export function sayDifferent(one: Schema | undefined, other: Schema | undefined): boolean {
  return one !== other && JSON.stringify(one) !== JSON.stringify(other);
}

/** The fields of an object's schema, in its order. */
export function fieldsOf(schema: Schema | undefined): readonly Field[] {
  const properties = asSchema(schema?.properties) as Schema["properties"];
  const required = Array.isArray(schema?.required) ? schema.required : [];
  return Object.entries(properties ?? {}).flatMap(([name, given]): Field[] => {
    const one = asSchema(given);
    if (one === undefined) return [];
    const title = typeof one.title === "string" ? one.title : name;
    return [{ name, title, schema: one, kind: kindOf(one), required: required.includes(name) }];
  });
}

function kindOf(schema: Schema): FieldKind {
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return "choice";
  switch (schema.type) {
    case "boolean":
      return "flag";
    case "number":
    case "integer":
      return "number";
    case "string":
      return "text";
    default:
      return "json";
  }
}
