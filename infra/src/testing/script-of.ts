const IMPORT = /^import (?:(.+) from )?"([^"]+)";$/gm;
const EXPORT = /^export \{[^}]*\};$/gm;

/**
 * A module as a script whose value is an async function of `require`.
 *
 * Node saves the code of a module as it is before it runs, without the functions that are compiled at their first call. The
 * code of a script can be saved at any time.
 *
 * @param module an ES module that imports CommonJS and Node's own modules only, whose exports nobody needs
 * @returns text in ASCII, which V8 keeps in one byte a character
 */
export function scriptOf(module: string): string {
  const body = module
    .replace(IMPORT, (_, names: string | undefined, from: string) =>
      required(names, `require(${JSON.stringify(from)})`),
    )
    .replace(EXPORT, "")
    .replaceAll("createRequire(import.meta.url)", "require");
  return `"use strict";(async function (require) {${body}\n})`.replace(/[^\0-\x7f]/g, escaped);
}

function required(names: string | undefined, value: string): string {
  if (names === undefined) return `${value};`;
  const [, whole, space, named] = /^(?:([\w$]+)(?:, |$))?(?:\* as ([\w$]+)|(\{.*\}))?$/.exec(names) ?? [];
  const constants = [
    whole && `${whole} = ${value}`,
    space && `${space} = ${value}`,
    named && `${named.replace(/([\w$]+) as /g, "$1: ")} = ${value}`,
  ].filter(Boolean);
  // Node's own modules have no property `default`.
  if (constants.length === 0 || named?.includes("default as "))
    throw new Error(`cannot read the names of an import: ${names}`);
  return `const ${constants.join(", ")};`;
}

/** The escape sequence means the same character in strings, templates and regular expressions. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
