import type { PersonalData } from "@fleetlog/domain";
import type { Fleet } from "../dependencies/fleet.ts";

export interface GivenNames {
  readonly userName?: string | undefined;
  readonly givenName?: string | undefined;
  readonly familyName?: string | undefined;
}

/** The personal data of a new person, sealed with the person's key. */
export async function sealedData(
  { personal }: Pick<Fleet, "personal">,
  person: string,
  address: string,
  { userName, givenName, familyName }: GivenNames,
): Promise<PersonalData> {
  const seal = async (text: string | undefined) => (text === undefined ? undefined : personal.seal(person, text));
  const [email, user, given, family] = [
    await personal.seal(person, address),
    await seal(userName),
    await seal(givenName),
    await seal(familyName),
  ];
  return {
    email,
    ...(user && { userName: user }),
    ...(given && { givenName: given }),
    ...(family && { familyName: family }),
  };
}
