import type { TLocalizedValidationError } from "typebox/error";
import { alternativesError, constantsError } from "./alternatives.ts";

type Found = TLocalizedValidationError;

/**
 * The error to report. An unknown field comes first, because it is probably a mistyped name, which explains a missing field
 * too; then a missing field; then the first error. Of a union, only the errors of the best matching form count, or one
 * error for forms that match equally.
 */
export function decisive(errors: readonly Found[]): Found | undefined {
  const candidates = withoutOtherForms(errors.filter(({ keyword }) => keyword !== "boolean"));
  const of = (keyword: string) => candidates.find((error) => error.keyword === keyword);
  return of("additionalProperties") ?? of("required") ?? candidates[0];
}

const FORM = /^(.*?)\/anyOf\/(\d+)(?=\/|$)/;

/** Keeps the errors of each union's best matching form, or the union's own error if no form has the value's type. */
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
  const matching: Found[] = [];
  for (const [union, forms] of unions) {
    const own = others.find(({ keyword, schemaPath }) => keyword === "anyOf" && schemaPath === below + union);
    const measured = [...forms].map(([form, found]) => ({ form, found, far: distance(found, own) })).sort(nearer);
    const [best] = measured;
    if (best === undefined || best.far === NO_MATCH) continue;
    const equal = measured.filter(({ far }) => far === best.far).map(({ found }) => found);
    const alternatives = constantsError([...forms.values()]) ?? (own && alternativesError(equal, own));
    if (own !== undefined) others.splice(others.indexOf(own), 1);
    if (alternatives !== undefined) matching.push(alternatives);
    else matching.push(...withoutOtherForms(best.found, `${below}${union}/anyOf/${best.form}`));
  }
  return [...others, ...matching];
}

/** Distance of a form whose type is not that of the value. */
const NO_MATCH = Number.POSITIVE_INFINITY;
/** Added to the distance of a form with another constant than the value has: the value is probably meant as another form. */
const CONSTANT_DIFFERS = 1_000;

function distance(found: readonly Found[], union: Found | undefined): number {
  if (found.some(({ keyword, instancePath }) => keyword === "type" && instancePath === union?.instancePath)) {
    return NO_MATCH;
  }
  return found.length + (found.some(({ keyword }) => keyword === "const") ? CONSTANT_DIFFERS : 0);
}

function nearer(a: { readonly far: number }, b: { readonly far: number }): number {
  return a.far === b.far ? 0 : a.far - b.far;
}
