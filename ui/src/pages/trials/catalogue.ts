import type { TriedScan } from "@fleetlog/protocol";

export type TriedPackages = TriedScan["packages"];

/** Bytes of a catalogue. */
export const MOST_BYTES = 512 * 1024;

/** The properties that decide which updates a device gets. The call would refuse further properties of a catalogue. */
const DECISIVE = ["name", "category", "version", "build", "models", "needs"] as const;

/**
 * The packages of a catalogue of kind `fleetlog`: signed or not, or only their list. The gateway checks each package.
 *
 * @throws RangeError whose message is for a person
 */
export function packagesIn(text: string): TriedPackages {
  const listed = unsigned(parsed(text));
  const packages = Array.isArray(listed) ? listed : isObject(listed) ? listed.packages : undefined;
  if (!Array.isArray(packages)) throw new RangeError('The catalogue has no "packages".');
  return packages.map((one: unknown, index) => {
    if (!isObject(one)) throw new RangeError(`Package ${index + 1} is not an object.`);
    return Object.fromEntries(DECISIVE.filter((name) => Object.hasOwn(one, name)).map((name) => [name, one[name]]));
  }) as TriedPackages;
}

function unsigned(catalogue: unknown): unknown {
  if (!isObject(catalogue) || typeof catalogue.payload !== "string") return catalogue;
  try {
    const bytes = Uint8Array.from(atob(catalogue.payload.replaceAll("-", "+").replaceAll("_", "/")), (c) =>
      c.charCodeAt(0),
    );
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new RangeError("The payload of the signed catalogue can't be read.");
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RangeError(`That is not JSON: ${(error as Error).message}`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
