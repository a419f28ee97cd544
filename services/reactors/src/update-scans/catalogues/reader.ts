import type { Catalogue, Offer, PackageCategory } from "@fleetlog/domain";
import { type Get, NoAnswer, type OutgoingAnswer } from "../../outgoing/http.ts";

/** An offer with the patterns of its models. By default, it is for the models in the request. */
export interface ListedOffer extends Offer {
  readonly models?: readonly string[];
}

/** One request to a catalogue. Without a model, it asks for the whole list. */
export interface Question {
  readonly model?: string;
  readonly category?: PackageCategory;
}

export interface Asking {
  readonly get: Get;
  /** The text of a file in the catalogues' folder. @throws NoAnswer */
  readonly readFile: (name: string) => Promise<string>;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Catalogues of one kind. */
export interface CatalogueReader {
  /** The requests to send, in their order: firmware before software. */
  questions(model: string | undefined): readonly Question[];
  /** @param key PEM of the client key @throws NoAnswer if there is no valid answer */
  ask(
    catalogue: Catalogue,
    key: string | undefined,
    question: Question,
    asking: Asking,
  ): Promise<readonly ListedOffer[]>;
}

/** The maximum size of an answer. Longer answers could not be stored, because a value of NATS has at most 1 MiB. */
export const MAX_CATALOGUE_BYTES = 512 * 1024;
export const MAX_OFFERS = 2_000;

export async function textOf(
  url: string,
  { certificate, ca }: Catalogue,
  key: string | undefined,
  { get, signal }: Asking,
): Promise<string> {
  const tls = {
    ...(certificate !== undefined && { cert: certificate }),
    ...(key !== undefined && { key }),
    ...(ca !== undefined && { ca }),
  };
  const hasTls = Object.keys(tls).length > 0;
  const answer = await get({ url, headers: { accept: "application/json" }, ...(hasTls && { tls }) }, signal);
  return textIn(answer);
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new NoAnswer("its answer is not JSON");
  }
}

/** A name that can be shown and looked up. */
export function isName(value: unknown): value is string {
  return typeof value === "string" && /^[^\p{Cc}]{1,128}$/u.test(value);
}

function textIn({ status, text, isCut }: OutgoingAnswer): string {
  if (status !== 200) throw new NoAnswer(`it answered ${status}`);
  if (isCut) throw new NoAnswer(`its answer is longer than ${MAX_CATALOGUE_BYTES / 1024} KiB`);
  return text;
}
