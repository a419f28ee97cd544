import { open } from "node:fs/promises";

export type Form = "lines" | "indented" | "array" | "csv";

const LOOKED_AT = 4096;

/** The form of a file of `mongoexport`, from its first characters. */
export async function formOf(path: string): Promise<Form> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LOOKED_AT), 0, LOOKED_AT, 0);
    const start = buffer
      .subarray(0, bytesRead)
      .toString("latin1")
      .replace(/^[\s\u00ef\u00bb\u00bf]+/, "");
    if (start === "" || /^\{(?![ \t]*\r?\n)/.test(start)) return "lines";
    if (start.startsWith("{")) return "indented";
    return start.startsWith("[") ? "array" : "csv";
  } finally {
    await file.close();
  }
}
