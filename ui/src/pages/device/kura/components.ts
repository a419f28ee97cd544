import type { Schema } from "../../../components/schema-form/schema.ts";

export type Scalar = string | number | boolean;

export interface KuraProperty {
  readonly name: string;
  readonly type: string;
  readonly value: Scalar | readonly Scalar[] | null;
}

export interface KuraAttribute {
  readonly id: string;
  readonly name?: string;
  readonly description?: string;
  readonly type?: string;
  readonly cardinality?: number;
  readonly required?: boolean;
  readonly min?: string;
  readonly max?: string;
  readonly options?: readonly { readonly label?: string; readonly value: string }[];
}

/** A component of a Kura device, as the result of `configuration.get` has it. */
export interface KuraComponent {
  readonly pid: string;
  readonly name?: string;
  readonly description?: string;
  readonly attributes?: readonly KuraAttribute[];
  readonly properties: readonly KuraProperty[];
}

const PASSWORD = "Password";
const WHOLE = ["Integer", "Short", "Byte"];
const WITH_POINT = ["Double", "Float"];

/** Components in the result of a command; none if it has another form. */
export function componentsIn(result: unknown): readonly KuraComponent[] {
  const { configurations } = (result ?? {}) as { readonly configurations?: unknown };
  if (!Array.isArray(configurations)) return [];
  return configurations.filter((one): one is KuraComponent => {
    const { pid, properties } = (one ?? {}) as Partial<KuraComponent>;
    return typeof pid === "string" && Array.isArray(properties);
  });
}

export function titleOf({ name, pid }: KuraComponent): string {
  return name ?? pid.slice(pid.lastIndexOf(".") + 1);
}

/** The form of a component. Passwords are set on the device. */
export function schemaOf(component: KuraComponent): Schema {
  const attributes = attributesOf(component).filter(({ type }) => type !== PASSWORD);
  return {
    type: "object",
    properties: Object.fromEntries(attributes.map((attribute) => [attribute.id, fieldOf(component, attribute)])),
    required: attributes.filter(({ required }) => required).map(({ id }) => id),
  };
}

/** The initial values of the form. */
export function valuesOf(component: KuraComponent): Readonly<Record<string, unknown>> {
  const shown = new Set(attributesOf(component).map(({ id }) => id));
  const properties = component.properties.filter(({ name, value }) => shown.has(name) && value !== null);
  return Object.fromEntries(properties.map(({ name, value }) => [name, value]));
}

/** The properties that the form has changed, as `configuration.put` takes them. */
export function changesOf(
  component: KuraComponent,
  values: Readonly<Record<string, unknown>>,
): readonly KuraProperty[] {
  return attributesOf(component).flatMap(({ id, type }): KuraProperty[] => {
    if (type === PASSWORD) return [];
    const before = component.properties.find(({ name }) => name === id);
    // An empty field makes a text empty. Other types have no empty value: an empty field keeps their value.
    const value = values[id] ?? (typeof before?.value === "string" && type === "String" ? "" : undefined);
    if (value === undefined || same(value, before?.value)) return [];
    return [{ name: id, type: before?.type ?? type ?? "String", value: value as KuraProperty["value"] }];
  });
}

/** The definition's attributes. Without a definition, only the names and types of the properties are known. */
function attributesOf({ attributes, properties }: KuraComponent): readonly KuraAttribute[] {
  return attributes ?? properties.map(({ name, type }) => ({ id: name, type }));
}

function fieldOf(component: KuraComponent, attribute: KuraAttribute): Schema {
  const { id, name = id, description } = attribute;
  const value = component.properties.find((property) => property.name === id)?.value;
  const isList = Array.isArray(value) || (attribute.cardinality ?? 0) !== 0;
  const [first] = [value].flat() as readonly (Scalar | null | undefined)[];
  const item = scalarOf(attribute, first);
  const field = isList ? { type: "array", items: item } : item;
  return { ...field, title: name, ...(description !== undefined && { description }) };
}

function scalarOf({ type = "String", options, min, max }: KuraAttribute, value: Scalar | null | undefined): Schema {
  if (options !== undefined && type === "String")
    return { oneOf: options.map((option) => ({ const: option.value, title: option.label ?? option.value })) };
  if (type === "Boolean") return { type: "boolean" };
  // The device sends a number that JSON can't represent as a text.
  const isText = typeof value === "string";
  if (type === "Long") return isText ? { type: "string", pattern: "^-?[0-9]{1,19}$" } : { type: "integer" };
  if (WHOLE.includes(type)) return { type: "integer", ...bounds(min, max) };
  if (WITH_POINT.includes(type)) return isText ? { type: "string" } : { type: "number", ...bounds(min, max) };
  return { type: "string" };
}

function bounds(min: string | undefined, max: string | undefined): Schema {
  const [minimum, maximum] = [Number(min), Number(max)];
  return {
    ...(min !== undefined && Number.isFinite(minimum) && { minimum }),
    ...(max !== undefined && Number.isFinite(maximum) && { maximum }),
  };
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
