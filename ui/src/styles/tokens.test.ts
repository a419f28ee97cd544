import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");
const tokens = new Map(
  [...css.matchAll(/(--[\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(([, name, light, dark]) => [
    name ?? "",
    { light: light ?? "", dark: dark ?? "" },
  ]),
);

/** Relative luminance (WCAG 2.2). */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const tokenOf = (name: string, theme: "light" | "dark") => {
  const found = tokens.get(name)?.[theme];
  if (!found) throw new Error(`There is no token ${name}`);
  return found;
};

it.each([
  ["accent-fill", "light"],
  ["accent-fill", "dark"],
  ["accent-fill-hover", "light"],
  ["accent-fill-hover", "dark"],
  ["danger-fill", "light"],
  ["danger-fill", "dark"],
  ["danger-fill-hover", "light"],
  ["danger-fill-hover", "dark"],
] as const)("white text on --%s reaches 4.5:1 (%s)", (fill, theme) => {
  expect(contrast("#ffffff", tokenOf(`--${fill}`, theme))).toBeGreaterThanOrEqual(4.5);
});

it.each(["light", "dark"] as const)("text reaches 4.5:1 on every surface (%s)", (theme) => {
  for (const text of ["text", "text-quiet", "text-faint"])
    for (const surface of ["canvas", "surface", "hover", "sunken"])
      expect(
        contrast(tokenOf(`--${text}`, theme), tokenOf(`--${surface}`, theme)),
        `${text} on ${surface}`,
      ).toBeGreaterThanOrEqual(4.5);
});

it.each(["light", "dark"] as const)(
  "the border of check boxes and fields reaches 3:1 on their surface (%s)",
  (theme) => {
    expect(contrast(tokenOf("--control-border", theme), tokenOf("--surface", theme))).toBeGreaterThanOrEqual(3);
  },
);
