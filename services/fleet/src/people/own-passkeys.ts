import { FleetError, type SealedText, streamOf } from "@fleetlog/domain";
import type { PersonProof, RelyingParty, StoredPasskey } from "@fleetlog/identity";
import { withoutRepeats } from "@fleetlog/log";
import type { PasskeyCreation } from "@fleetlog/protocol";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { butEnded } from "../not-recorded.ts";
import { endingAccess } from "./access-ended.ts";
import { ownState, recordSignIn } from "./own.ts";
import { type Proof, withProof } from "./proof.ts";

type Dependencies = Pick<Fleet, "log" | "bus" | "writer" | "people" | "personal" | "secondFactors" | "passkeys">;

/** A passkey of the caller. */
export interface OwnPasskey {
  readonly id: string;
  readonly name: string;
  readonly site: string;
  /** Milliseconds since 1970. */
  readonly addedAt: number;
  readonly usedAt?: number | undefined;
}

/** The oldest first. @throws FleetError `person-unknown` for a caller who is no person, such as an API key */
export async function listPasskeys(fleet: Dependencies, caller: Caller): Promise<readonly OwnPasskey[]> {
  const { id } = await ownState(fleet, caller);
  return Promise.all((await fleet.passkeys.of(id)).map((passkey) => opened(fleet, passkey)));
}

/**
 * Options with which a browser makes a passkey.
 * @throws FleetError `unauthenticated`, `rate-limited`, `limit-reached`
 */
export async function beginPasskey(
  fleet: Dependencies,
  caller: Caller,
  proof: Proof,
  party: () => RelyingParty,
): Promise<Readonly<Record<string, unknown>>> {
  const site = party();
  const { id, email, userName } = await ownState(fleet, caller);
  // The number is checked before the proof, because a code works once.
  await fleet.passkeys.checkNumber(id);
  await withProof(fleet, caller, proof);
  const address = (await fleet.personal.open(email)) ?? id;
  const name = userName && (await fleet.personal.open(userName));
  return fleet.passkeys.begin(site, { id, email: address, name: name ?? address });
}

export interface NewPasskey {
  readonly name: string;
  readonly credential: PasskeyCreation;
}

/**
 * Adds a passkey that the browser has made from a challenge, which {@link beginPasskey} gives only for a proof.
 * @throws FleetError `unauthenticated`, `conflict`, `limit-reached`, `person-ended`
 */
export async function addPasskey(
  fleet: Dependencies,
  caller: Caller,
  { name, credential }: NewPasskey,
  party: () => RelyingParty,
): Promise<OwnPasskey> {
  const state = await ownState(fleet, caller);
  const sealed = await fleet.personal.seal(state.id, name);
  const passkey = await fleet.passkeys.check(party(), state.id, credential, sealed);
  const { id, site, publicKey } = passkey;
  const data = { person: state.id, by: caller.by, passkey: id, name: sealed, site, publicKey };
  // The event is recorded first: a passkey must not work without its event.
  await recordSignIn(fleet, caller, state, { type: "PersonPasskeyAdded", data });
  await fleet.passkeys.add(state.id, passkey);
  return opened(fleet, passkey);
}

/** @throws FleetError `passkey-unknown` */
export async function renamePasskey(
  fleet: Dependencies,
  caller: Caller,
  id: string,
  name: string,
): Promise<OwnPasskey> {
  const state = await ownState(fleet, caller);
  const before = (await fleet.passkeys.of(state.id)).find((passkey) => passkey.id === id);
  if (before === undefined) throw unknownPasskey(id);
  if ((await fleet.personal.open(before.name)) === name) return opened(fleet, before);
  const sealed: SealedText = await fleet.personal.seal(state.id, name);
  const data = { person: state.id, by: caller.by, passkey: id, name: sealed };
  await recordSignIn(fleet, caller, state, { type: "PersonPasskeyRenamed", data });
  const renamed = await fleet.passkeys.rename(state.id, id, sealed);
  if (renamed === undefined) throw unknownPasskey(id);
  return opened(fleet, renamed);
}

/**
 * Removes a passkey; a repeated call completes an interrupted one. All sign-ins of the caller end; the returned proof
 * is for a new sign-in.
 * @param party site of the pages. While passkeys are the second factor, at least one passkey of this site must stay
 * @throws FleetError `unauthenticated`, `rate-limited`, `passkey-unknown`, `conflict` for the only second factor
 */
export async function removePasskey(
  fleet: Dependencies,
  caller: Caller,
  id: string,
  proof: Proof,
  party: () => RelyingParty,
): Promise<PersonProof> {
  const state = await ownState(fleet, caller);
  const all = await fleet.passkeys.of(state.id);
  const stored = all.find((passkey) => passkey.id === id);
  if (stored === undefined && !(await isRecorded(fleet, state.id, id))) throw unknownPasskey(id);
  const check = async (removed: StoredPasskey, others: readonly StoredPasskey[]) => {
    const site = siteOf(party) ?? removed.site;
    if (removed.site !== site || others.some((other) => other.site === site)) return;
    if (await fleet.secondFactors.needsPasskey(state.id)) throw isSecondFactor();
  };
  const others = all.filter((passkey) => passkey !== stored);
  if (stored !== undefined) await check(stored, others);
  await withProof(fleet, caller, proof);
  // The passkey is removed first: it must not work any longer, even if the log is full.
  await fleet.passkeys.remove(state.id, id, check);
  const next = await endingAccess(fleet, state.id, () => fleet.people.endSignIns(state.id));
  const data = { person: state.id, by: caller.by, passkey: id };
  await recordSignIn(fleet, caller, state, { type: "PersonPasskeyRemoved", data }).catch(
    butEnded("The passkey can't be used any more, and all your sign-ins have ended"),
  );
  if (next === undefined) throw unknownPasskey(id);
  return next;
}

/** Undefined where browsers refuse passkeys. */
function siteOf(party: () => RelyingParty): string | undefined {
  try {
    return party().id;
  } catch (error) {
    if (error instanceof FleetError) return undefined;
    throw error;
  }
}

/** Whether the log has the passkey, and not its removal. */
async function isRecorded({ log }: Pick<Fleet, "log">, person: string, id: string): Promise<boolean> {
  let recorded = false;
  const query = { stream: streamOf("person"), category: "person", entity: person } as const;
  for await (const event of withoutRepeats(log.read(query))) {
    if (event.type === "PersonPasskeyAdded" && event.data.passkey === id) recorded = true;
    if (event.type === "PersonPasskeyRemoved" && event.data.passkey === id) recorded = false;
  }
  return recorded;
}

async function opened(
  { personal }: Pick<Fleet, "personal">,
  { id, name, site, addedAt, usedAt }: StoredPasskey,
): Promise<OwnPasskey> {
  return { id, name: (await personal.open(name)) ?? "", site, addedAt, usedAt };
}

function isSecondFactor(): FleetError {
  return new FleetError("conflict", "this passkey is your second factor", {
    advice: "Add another passkey first, or turn the second factor off.",
  });
}

function unknownPasskey(id: string): FleetError {
  return new FleetError("passkey-unknown", `you have no passkey ${id}`, { field: "id" });
}
