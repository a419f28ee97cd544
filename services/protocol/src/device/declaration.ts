import Type, { type Static } from "typebox";
import { checker } from "../check/checker.ts";
import { NAME_ACCEPTS, NAME_PATTERN, type Profile } from "./reports.ts";

const name = Type.String({ pattern: NAME_PATTERN, accepts: NAME_ACCEPTS });
const DeclaredCommand = Type.Object({
  name,
  title: Type.Optional(Type.String({ description: "What people read instead of the name" })),
  description: Type.Optional(Type.String()),
  params: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), { description: "JSON Schema (draft 2020-12) of its parameters" }),
  ),
});

/** Fields that Fleetlog uses. A malformed field is recorded but not used. */
export const KnownProfile = Type.Object({
  model: Type.Optional(Type.String()),
  serial: Type.Optional(Type.String()),
  firmware: Type.Optional(Type.String()),
  commands: Type.Optional(
    Type.Array(Type.Union([name, DeclaredCommand]), { description: "The commands that the device can do" }),
  ),
});
export type KnownProfile = Static<typeof KnownProfile>;

const checkKnown = checker(KnownProfile, "profile");
const checkCommand = checker(DeclaredCommand, "command");

/** Why a known field of the profile is not used; the profile is recorded nevertheless. Undefined: all are valid. */
export function profileFault(profile: Profile): string | undefined {
  const checked = checkKnown(profile);
  return checked.ok ? undefined : `${checked.message}; the profile is recorded, but this is not understood`;
}

/** The JSON Schema of the command's parameters. */
export function declaredParams(profile: Profile, command: string): Readonly<Record<string, unknown>> | undefined {
  const { commands } = profile;
  if (!Array.isArray(commands)) return undefined;
  const declared: unknown = commands.find((one) => (one as { name?: unknown } | null)?.name === command);
  const checked = checkCommand(declared);
  return checked.ok ? checked.value.params : undefined;
}
