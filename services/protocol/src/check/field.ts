/** Longer names are shortened in errors, because clients choose them. */
const LONGEST = 128;

/** Converts a JSON pointer (RFC 6901) to a path for people: `tags[2]`, `data.t`; `root` for the value as a whole. */
export function fieldOf(pointer: string, root: string): string {
  let path = "";
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    path = /^\d+$/.test(key) ? `${path === "" ? root : path}[${key}]` : memberOf(path, key);
  }
  return path === "" ? root : path;
}

/** The path of a member: `data.t`; only the name if `path` is empty, which means the whole value. */
export function memberOf(path: string, name: string): string {
  const short = name.length > LONGEST ? `${name.slice(0, LONGEST)}…` : name;
  return path === "" ? short : `${path}.${short}`;
}
