import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

export interface Connection {
  readonly url: string;
  readonly device: string;
  readonly token: string;
  /** The authority's certificates in PEM. */
  readonly ca?: string;
}

/** What the settings and the identity beside them say. @throws Error that names what is missing */
export function readConnection(file: string): Connection {
  const { ca } = read(file, { ca: "optional" });
  const identity = read(join(dirname(file), "fleetlog-agent/identity.json"), { url: "", device: "", token: "" });
  const { url = "", device = "", token = "" } = identity;
  const connection = { url, device, token };
  return ca === undefined ? connection : { ...connection, ca: readFileSync(resolve(dirname(file), ca), "utf8") };
}

function read<Name extends string>(
  file: string,
  wanted: Readonly<Record<Name, "" | "optional">>,
): { readonly [K in Name]?: string } {
  const given = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  const names = Object.keys(wanted) as Name[];
  for (const name of names) {
    const isMissing = given[name] === undefined && wanted[name] === "optional";
    if (typeof given[name] !== "string" && !isMissing) throw new Error(`${file} has no ${name}`);
  }
  return given as { readonly [K in Name]?: string };
}
