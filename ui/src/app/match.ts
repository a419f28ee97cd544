import type { Page } from "../components/basic/page.ts";
import { pages } from "../pages/index.ts";

export interface Match {
  readonly page: Page;
  readonly parameters: Readonly<Record<string, string>>;
}

export function match(path: string): Match | undefined {
  const given = path.split("/").filter(Boolean);
  for (const page of pages) {
    const wanted = page.path.split("/").filter(Boolean);
    if (wanted.length !== given.length) continue;
    const parameters: Record<string, string> = {};
    const fits = wanted.every((segment, index) => {
      const value = given[index] ?? "";
      if (!segment.startsWith(":")) return segment === value;
      const decoded = decode(value);
      if (decoded === undefined) return false;
      parameters[segment.slice(1)] = decoded;
      return true;
    });
    if (fits) return { page, parameters };
  }
  return undefined;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
