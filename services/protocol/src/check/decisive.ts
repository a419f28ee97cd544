import type { TLocalizedValidationError } from "typebox/error";

type Found = TLocalizedValidationError;

/**
 * The error to tell: what is not known first, because it is likely a known name mistyped, which then is missing too;
 * then what is missing; then the first. Of a union, what is wrong within the form that was meant, never with the others.
 */
export function decisive(errors: readonly Found[]): Found | undefined {
  const told = withoutOtherForms(errors.filter(({ keyword }) => keyword !== "boolean"));
  const of = (keyword: string) => told.find((error) => error.keyword === keyword);
  return of("additionalProperties") ?? of("required") ?? told[0];
}

const FORM = /^(.*?)\/anyOf\/(\d+)(?=\/|$)/;

/** Errors of unions reduced to those of one form each; to the union's own where none is meant more than another. */
function withoutOtherForms(errors: readonly Found[], below = ""): readonly Found[] {
  const unions = new Map<string, Map<string, Found[]>>();
  const others: Found[] = [];
  for (const error of errors) {
    const [, union, form] = FORM.exec(error.schemaPath.slice(below.length)) ?? [];
    if (union === undefined || form === undefined) {
      others.push(error);
      continue;
    }
    const forms = unions.get(union) ?? new Map<string, Found[]>();
    unions.set(union, forms.set(form, [...(forms.get(form) ?? []), error]));
  }
  const meant: Found[] = [];
  for (const [union, forms] of unions) {
    const own = others.find(({ keyword, schemaPath }) => keyword === "anyOf" && schemaPath === below + union);
    const best = [...forms].map(([form, found]) => ({ form, found, far: distance(found, own) })).sort(nearer)[0];
    if (best === undefined || best.far === NOT_MEANT) continue;
    if (own !== undefined) others.splice(others.indexOf(own), 1);
    meant.push(...withoutOtherForms(best.found, `${below}${union}/anyOf/${best.form}`));
  }
  return [...others, ...meant];
}

/** The value is of another type altogether. */
const NOT_MEANT = Number.POSITIVE_INFINITY;
/** A constant tells forms apart: whoever gives another one means another form. */
const ANOTHER = 1_000;

function distance(found: readonly Found[], union: Found | undefined): number {
  if (found.some(({ keyword, instancePath }) => keyword === "type" && instancePath === union?.instancePath)) {
    return NOT_MEANT;
  }
  return found.length + (found.some(({ keyword }) => keyword === "const") ? ANOTHER : 0);
}

function nearer(a: { readonly far: number }, b: { readonly far: number }): number {
  return a.far === b.far ? 0 : a.far - b.far;
}
