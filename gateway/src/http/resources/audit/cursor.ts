import { invalid } from "@fleetlog/domain";

/** Sequences of the oldest act, refusal and sign-in on the pages so far. The next page has older entries. */
export interface Place {
  readonly acts?: number;
  readonly refusals?: number;
  readonly signIns?: number;
}

export function encodePlace({ acts = 0, refusals = 0, signIns = 0 }: Place): string {
  return Buffer.from(`${acts}.${refusals}.${signIns}`).toString("base64url");
}

/** @throws FleetError `invalid-request` if the text is no cursor of this list */
export function decodePlace(cursor: string): Place {
  const text = Buffer.from(cursor, "base64url").toString();
  const [, acts, refusals, signIns] = /^(\d{1,15})\.(\d{1,15})\.(\d{1,15})$/.exec(text) ?? [];
  if (signIns === undefined || Buffer.from(text).toString("base64url") !== cursor) {
    throw invalid("cursor", "cursor was not returned by this list");
  }
  const at = (name: keyof Place, seq: unknown) => (Number(seq) === 0 ? {} : { [name]: Number(seq) });
  return { ...at("acts", acts), ...at("refusals", refusals), ...at("signIns", signIns) };
}
