import { sentence } from "../basic/notice.ts";

/** Why a catalogue gave no valid answer, and what can be done. */
export interface PlainFailure {
  readonly text: string;
  readonly advice: string;
}

const AGAIN = "The next scan asks again.";
const ASK_VENDOR = "Ask the vendor whether the client certificate and its key are still valid.";

const STATUS: Readonly<Record<string, PlainFailure>> = {
  "401": { text: "The catalogue has refused Fleetlog (401).", advice: ASK_VENDOR },
  "403": { text: "The catalogue has refused Fleetlog (403).", advice: ASK_VENDOR },
  "404": { text: "There is no catalogue at this address (404).", advice: "Check the URL." },
  "429": { text: "The catalogue was asked too often (429).", advice: "Scan less often." },
};

/** Codes of Node and OpenSSL, by what they mean. */
const CODES: readonly (readonly [RegExp, string, string])[] = [
  [/ENOTFOUND|EAI_/, "The name {host} was not found.", "Check the URL, and the name server of Fleetlog's reactors."],
  [/ECONNREFUSED/, "No server listens at {host}.", "Check the URL. If it is right, ask who runs the catalogue."],
  [/ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/, "{host} can't be reached.", "Check the network and its firewall."],
  [/CERT_HAS_EXPIRED/, "The certificate of {host} has expired.", "Ask who runs the catalogue for a new one."],
  [/ALTNAME/, "The certificate of {host} is for another name.", "Check the URL."],
  [
    /SELF_SIGNED|UNABLE_TO_|ISSUER/,
    "The certificate of {host} is from an authority that is not trusted.",
    "Enter this authority's certificate in the catalogue.",
  ],
  [
    /ECONNRESET|EPIPE|SSL|TLS|connection ended/,
    "{host} has ended the connection.",
    "It may need a client certificate, or refuse the one that it got.",
  ],
];

const REASONS: readonly (readonly [RegExp, PlainFailure])[] = [
  [/^no answer within/, { text: "The catalogue was too slow: there was no answer within 15 seconds.", advice: AGAIN }],
  [
    /must not be connected to/,
    {
      text: "Fleetlog must not connect to this address, because it is not public.",
      advice: "Allow its network with FLEETLOG_CATALOGUE_NETWORKS.",
    },
  ],
  [
    /client key is not stored/,
    { text: "The client key is not stored any more.", advice: "Edit the catalogue, and enter the key again." },
  ],
  [
    /signature of its list is wrong/,
    {
      text: "The signature of the list is wrong.",
      advice: "Sign the list with the key that belongs to the public key of this catalogue.",
    },
  ],
  [/list is not signed/, { text: "The list is not signed.", advice: "Sign it with an Ed25519 key." }],
  [/list has expired/, { text: "The list has expired.", advice: "Sign a list with a later date." }],
  [
    /FLEETLOG_CATALOGUE_FOLDER is not set/,
    { text: "Files can't be catalogues here.", advice: "Set FLEETLOG_CATALOGUE_FOLDER of the reactors." },
  ],
  [
    /not JSON|no list of packages|not the form/,
    { text: "The answer is no list of packages.", advice: "Check the URL." },
  ],
];

/** @param catalogues how many failed for this reason */
export function plainFailure(reason: string, catalogues = 1): PlainFailure {
  const { text, advice } = explained(reason);
  return { text: catalogues > 1 ? text.replace(/^The catalogue /, "Each catalogue ") : text, advice };
}

function explained(reason: string): PlainFailure {
  const status = /^it answered (\d+)$/.exec(reason)?.[1];
  if (status !== undefined) return STATUS[status] ?? answered(status);
  const [, host = "", code = ""] = /^(.*) can't be reached \((.*)\)$/.exec(reason) ?? [];
  const [, text, advice] = CODES.find(([pattern]) => code !== "" && pattern.test(code)) ?? [];
  if (text !== undefined && advice !== undefined) return { text: text.replace("{host}", host), advice };
  return REASONS.find(([pattern]) => pattern.test(reason))?.[1] ?? { text: sentence(reason), advice: "" };
}

function answered(status: string): PlainFailure {
  if (status.startsWith("5")) return { text: `The catalogue has a fault of its own (${status}).`, advice: AGAIN };
  if (status.startsWith("3"))
    return {
      text: `The catalogue has moved (${status}).`,
      advice: "Enter its new address: redirects are not followed.",
    };
  return { text: `The catalogue has answered ${status}.`, advice: "Check the URL." };
}
