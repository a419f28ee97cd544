import { asSchema, type Schema } from "../schema-form/schema.ts";

/** A command that the device's profile declares. */
export interface Action {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly schema: Schema | undefined;
}

/** Limits, since a device may declare any number of commands with texts of any length. */
const MAX_ACTIONS = 200;
const LONGEST_TITLE = 128;
const LONGEST_DESCRIPTION = 1_000;

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,127}$/;

export function actionsOf(profile: Readonly<Record<string, unknown>> | undefined): readonly Action[] {
  const { commands } = profile ?? {};
  if (!Array.isArray(commands)) return [];
  return commands.slice(0, MAX_ACTIONS).flatMap((given: unknown): Action[] => {
    const one = typeof given === "string" ? { name: given } : asSchema(given);
    const { name, title, description, params } = (one ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof name !== "string" || !NAME.test(name)) return [];
    return [
      {
        name,
        title: typeof title === "string" ? title.slice(0, LONGEST_TITLE) : name,
        description: typeof description === "string" ? description.slice(0, LONGEST_DESCRIPTION) : "",
        schema: asSchema(params),
      },
    ];
  });
}
