import { longValue, numberValue } from "../payload/values.ts";
import { childOf, childrenOf, mustBe, readXml, type XmlElement } from "./read.ts";
import { escapeXml } from "./write.ts";

export const PROPERTY_TYPES = [
  "String",
  "Long",
  "Double",
  "Float",
  "Integer",
  "Byte",
  "Char",
  "Boolean",
  "Short",
] as const;
export type PropertyType = (typeof PROPERTY_TYPES)[number];

export type Scalar = string | number | boolean;

export interface KuraProperty {
  readonly name: string;
  readonly type: PropertyType | "Password";
  /** A list has several values. Null: not set, or a password, which is not shown. */
  readonly value: Scalar | readonly Scalar[] | null;
}

/** What a property may be: an attribute definition of OSGi's metatype. */
export interface KuraAttribute {
  readonly id: string;
  readonly name?: string;
  readonly description?: string;
  readonly type?: string;
  readonly cardinality?: number;
  readonly required?: boolean;
  readonly default?: string;
  readonly min?: string;
  readonly max?: string;
  readonly options?: readonly { readonly label?: string; readonly value: string }[];
}

export interface KuraComponent {
  readonly pid: string;
  readonly name?: string;
  readonly description?: string;
  readonly attributes?: readonly KuraAttribute[];
  readonly properties: readonly KuraProperty[];
}

/** @throws XmlFault */
export function configurationsIn(body: Uint8Array): readonly KuraComponent[] {
  return childrenOf(mustBe(readXml(body), "configurations"), "configuration").map((element) => {
    const definition = childOf(element, "OCD");
    return {
      pid: element.attributes.pid ?? "",
      ...given(definition, "name"),
      ...given(definition, "description"),
      ...(definition !== undefined && { attributes: childrenOf(definition, "AD").map(attributeOf) }),
      properties: childrenOf(childOf(element, "properties"), "property").map(propertyOf),
    };
  });
}

function attributeOf(element: XmlElement): KuraAttribute {
  const options = childrenOf(element, "Option").map((option) => ({
    ...given(option, "label"),
    value: option.attributes.value ?? "",
  }));
  const cardinality = Number(element.attributes.cardinality ?? "0");
  return {
    id: element.attributes.id ?? "",
    ...given(element, "name"),
    ...given(element, "description"),
    ...given(element, "type"),
    ...(Number.isSafeInteger(cardinality) && cardinality !== 0 && { cardinality }),
    ...(element.attributes.required !== undefined && { required: element.attributes.required === "true" }),
    ...given(element, "default"),
    ...given(element, "min"),
    ...given(element, "max"),
    ...(options.length > 0 && { options }),
  };
}

function given<K extends string>(element: XmlElement | undefined, name: K): { readonly [key in K]?: string } {
  const value = element?.attributes[name];
  return value === undefined ? {} : ({ [name]: value } as { readonly [key in K]?: string });
}

function propertyOf(element: XmlElement): KuraProperty {
  const { name = "", type: asked = "String", array, encrypted } = element.attributes;
  if (asked === "Password" || encrypted === "true") return { name, type: "Password", value: null };
  const type = PROPERTY_TYPES.find((one) => one === asked) ?? "String";
  const values = childrenOf(element, "value").map(({ text }) => scalarOf(type, text));
  return { name, type, value: array === "true" ? values : (values[0] ?? null) };
}

/** The value as JSON. A text that does not match the type stays a text. */
function scalarOf(type: PropertyType, text: string): Scalar {
  if (type === "Boolean") return /^(?:true|false)$/i.test(text) ? text.toLowerCase() === "true" : text;
  if (type === "String" || type === "Char") return text;
  const trimmed = text.trim();
  if (type === "Long") return /^-?\d{1,19}$/.test(trimmed) ? longValue(BigInt(trimmed)) : text;
  const number = Number(trimmed);
  return trimmed === "" || Number.isNaN(number) ? text : numberValue(number);
}

export interface NewConfiguration {
  readonly pid: string;
  readonly properties: readonly {
    readonly name: string;
    readonly type: PropertyType;
    readonly value: Scalar | readonly Scalar[];
  }[];
}

/** The document that sets these properties. A device keeps the properties that are left out. */
export function configurationsXml(configurations: readonly NewConfiguration[]): string {
  const components = configurations.map(
    ({ pid, properties }) =>
      `<esf:configuration pid="${escapeXml(pid)}"><esf:properties>${properties.map(propertyXml).join("")}</esf:properties></esf:configuration>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?><esf:configurations xmlns:esf="http://eurotech.com/esf/2.0" xmlns:ocd="http://www.osgi.org/xmlns/metatype/v1.2.0">${components.join("")}</esf:configurations>`;
}

function propertyXml({ name, type, value }: NewConfiguration["properties"][number]): string {
  const isList = Array.isArray(value);
  const values = (isList ? value : [value]) as readonly Scalar[];
  const elements = values.map((one) => `<esf:value>${escapeXml(String(one))}</esf:value>`).join("");
  return `<esf:property name="${escapeXml(name)}" array="${isList}" encrypted="false" type="${type}">${elements}</esf:property>`;
}
