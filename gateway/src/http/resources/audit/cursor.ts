import { invalid } from "@fleetlog/domain";

/** Sequences of the oldest act and refusal on the pages so far. The next page has older entries. */
export interface Place {
  readonly acts?: number;
  readonly refusals?: number;
}

export function encodePlace({ acts = 0, refusals = 0 }: Place): string {
  return Buffer.from(`${acts}.${refusals}`).toString("base64url");
}

/** @throws FleetError `invalid-request` if the text is no cursor of this list */
export function decodePlace(cursor: string): Place {
  const text = Buffer.from(cursor, "base64url").toString();
  const [, acts, refusals] = /^(\d{1,15})\.(\d{1,15})$/.exec(text) ?? [];
  if (acts === undefined || refusals === undefined || Buffer.from(text).toString("base64url") !== cursor) {
    throw invalid("cursor", "cursor was not returned by this list");
  }
  const at = (name: keyof Place, seq: number) => (seq === 0 ? {} : { [name]: seq });
  return { ...at("acts", Number(acts)), ...at("refusals", Number(refusals)) };
}
