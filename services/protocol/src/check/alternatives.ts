import type { TLocalizedValidationError } from "typebox/error";

type Found = TLocalizedValidationError;

/**
 * One error for a union whose forms fit equally badly: the value has the members of no form, or of several forms. The
 * error of a single form would hide the other forms. Undefined if every form lacks the same member, or if members are
 * not valid.
 *
 * @param forms the errors of each of these forms
 * @param union the union's own error
 */
export function alternativesError(forms: readonly (readonly Found[])[], union: Found): Found | undefined {
  if (forms.length < 2 || forms.flat().some((error) => !isOfMembers(error, union))) return undefined;
  if (inAll(forms.map(missing)).length > 0) return undefined;
  const { schemaPath, instancePath, message } = union;
  const about = { schemaPath, instancePath, message };
  const unknown = inAll(forms.map(additional));
  if (unknown.length > 0) {
    return { ...about, keyword: "additionalProperties", params: { additionalProperties: unknown } };
  }
  return { ...about, keyword: "oneOf", params: { passingSchemas: [] } };
}

/**
 * One error for a union whose forms differ in the text of one member, such as `type`, if the value has none of these
 * texts. The error of a single form would name only one text.
 *
 * @param forms the errors of each form
 */
export function constantsError(forms: readonly (readonly Found[])[]): Found | undefined {
  if (forms.length < 2) return undefined;
  for (const error of forms[0] ?? []) {
    const allowedValues = forms.flatMap((form) => textsAt(form, error.instancePath));
    if (allowedValues.length === forms.length) return { ...error, keyword: "enum", params: { allowedValues } };
  }
  return undefined;
}

function textsAt(form: readonly Found[], path: string): readonly string[] {
  return form.flatMap((error) => {
    const value = error.keyword === "const" && error.instancePath === path ? error.params.allowedValue : undefined;
    return typeof value === "string" ? [value] : [];
  });
}

function isOfMembers({ keyword, instancePath }: Found, union: Found): boolean {
  return instancePath === union.instancePath && (keyword === "required" || keyword === "additionalProperties");
}

function missing(form: readonly Found[]): readonly string[] {
  return form.flatMap((error) => (error.keyword === "required" ? error.params.requiredProperties : []));
}

function additional(form: readonly Found[]): readonly string[] {
  return form.flatMap((error) => (error.keyword === "additionalProperties" ? error.params.additionalProperties : []));
}

function inAll([first = [], ...others]: readonly (readonly string[])[]): string[] {
  return first.filter((name) => others.every((names) => names.includes(name)));
}
