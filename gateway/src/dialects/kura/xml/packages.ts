import { childOf, childrenOf, mustBe, readXml, textOf, type XmlElement } from "./read.ts";

export interface KuraBundle {
  readonly name: string;
  readonly version?: string;
  readonly id?: number;
  /** `ACTIVE`, `RESOLVED`, … */
  readonly state?: string;
}

export interface KuraPackage {
  readonly name: string;
  readonly version?: string;
  readonly bundles: readonly KuraBundle[];
}

/** @throws XmlFault */
export function packagesIn(body: Uint8Array): readonly KuraPackage[] {
  return childrenOf(mustBe(readXml(body), "packages"), "package").map((element) => ({
    ...named(element),
    bundles: childrenOf(childOf(element, "bundles"), "bundle").map(bundleOf),
  }));
}

/** @throws XmlFault */
export function bundlesIn(body: Uint8Array): readonly KuraBundle[] {
  return childrenOf(mustBe(readXml(body), "bundles"), "bundle").map(bundleOf);
}

function bundleOf(element: XmlElement): KuraBundle {
  const id = Number(textOf(element, "id"));
  const state = textOf(element, "state");
  return { ...named(element), ...(Number.isSafeInteger(id) && { id }), ...(state !== undefined && { state }) };
}

function named(element: XmlElement): { readonly name: string; readonly version?: string } {
  const version = textOf(element, "version");
  return { name: textOf(element, "name") ?? "", ...(version !== undefined && { version }) };
}
