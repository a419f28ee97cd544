import { isUtf8 } from "node:buffer";
import { SaxesParser } from "saxes";

export const MAX_XML_BYTES = 1024 * 1024;
const MAX_DEPTH = 16;
const MAX_ELEMENTS = 50_000;

/** An element; its name is without the prefix of a namespace. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

/** A document that can't be used. */
export class XmlFault extends Error {}

interface Open {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
}

/**
 * Reads a document. Depth, elements and bytes are bounded. A document type is refused, so there are no entities but the
 * five of XML itself.
 * @throws XmlFault
 */
export function readXml(bytes: Uint8Array): XmlElement {
  if (bytes.length > MAX_XML_BYTES) throw new XmlFault(`the XML has more than ${MAX_XML_BYTES} bytes`);
  if (!isUtf8(bytes)) throw new XmlFault("the XML is not UTF-8");
  const parser = new SaxesParser();
  const open: Open[] = [];
  let root: XmlElement | undefined;
  let elements = 0;
  parser.on("error", ({ message }) => {
    throw new XmlFault(`not valid XML: ${message}`);
  });
  parser.on("doctype", () => {
    throw new XmlFault("the XML has a document type, which is not read");
  });
  parser.on("opentag", ({ name, attributes }) => {
    if (++elements > MAX_ELEMENTS) throw new XmlFault(`the XML has more than ${MAX_ELEMENTS} elements`);
    if (open.length === MAX_DEPTH) throw new XmlFault(`the XML is nested more than ${MAX_DEPTH} levels deep`);
    open.push({ name: localName(name), attributes: { ...attributes }, children: [], text: "" });
  });
  const addText = (text: string): void => {
    const element = open.at(-1);
    if (element !== undefined) element.text += text;
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("closetag", () => {
    const closed = open.pop();
    if (closed === undefined) return;
    const parent = open.at(-1);
    if (parent === undefined) root = closed;
    else parent.children.push(closed);
  });
  parser.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8")).close();
  if (root === undefined) throw new XmlFault("the XML has no element");
  return root;
}

/** @throws XmlFault */
export function mustBe(element: XmlElement, name: string): XmlElement {
  if (element.name !== name) throw new XmlFault(`the XML has ${element.name} where ${name} is expected`);
  return element;
}

export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

export function textOf(element: XmlElement, name: string): string | undefined {
  return childOf(element, name)?.text.trim() || undefined;
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}
