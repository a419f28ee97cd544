import { isEventOf, type PersonState, personDecider, personEvents } from "@fleetlog/domain";
import type { Projection, ViewRow } from "../../projection.ts";

/** A person's row. The personal fields stay sealed. */
export interface PersonRow extends ViewRow {
  readonly person: PersonState;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly createdSeq: number;
}

export const people: Projection<PersonRow> = {
  name: "people",
  version: 3,
  categories: ["person"],
  belongs: "shared",

  touches: (event) => (isEventOf(personEvents, event) ? { key: event.data.person } : undefined),

  evolve(row, event) {
    const next = personDecider.evolve(row?.person, event);
    if (next === undefined || next === row?.person || !isEventOf(personEvents, event)) return row;
    const { seq, time: createdAt } = event;
    return row === undefined
      ? { seq, person: next, createdAt, createdBy: event.data.by, createdSeq: seq }
      : { ...row, seq, person: next };
  },

  ordinal: ({ createdSeq }) => createdSeq,
  columns: [
    { name: "account", type: "text", of: ({ person }) => person.account },
    { name: "role", type: "text", of: ({ person }) => person.role },
    { name: "status", type: "text", of: ({ person }) => person.status },
  ],
  indexes: [{ on: ["account", "ordinal"] }],
};
