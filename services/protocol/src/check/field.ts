/** Clients choose names of any length. */
const LONGEST = 128;

/** A JSON pointer (RFC 6901) as `tags[2]` or `data.t`; `root` for the whole value. */
export function fieldOf(pointer: string, root: string): string {
  let path = "";
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    path = /^\d+$/.test(key) ? `${path === "" ? root : path}[${key}]` : memberOf(path, key);
  }
  return path === "" ? root : path;
}

/** An empty `path` is the whole value. */
export function memberOf(path: string, name: string): string {
  const short = name.length > LONGEST ? `${name.slice(0, LONGEST)}…` : name;
  return path === "" ? short : `${path}.${short}`;
}
