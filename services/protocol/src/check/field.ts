/** Longer names are not repeated in full: they come from whoever is wrong. */
const LONGEST = 128;

/** JSON pointer (RFC 6901) to the path that people write: `tags[2]`, `data.t`; `root` for the value as a whole. */
export function fieldOf(pointer: string, root: string): string {
  let path = "";
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    path = /^\d+$/.test(key) ? `${path === "" ? root : path}[${key}]` : memberOf(path, key);
  }
  return path === "" ? root : path;
}

/** The path of a member: `data.t`; of the value as a whole, its name alone. */
export function memberOf(path: string, name: string): string {
  const short = name.length > LONGEST ? `${name.slice(0, LONGEST)}…` : name;
  return path === "" ? short : `${path}.${short}`;
}
