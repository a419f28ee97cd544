import { createPublicKey, verify } from "node:crypto";
import { checker } from "@fleetlog/protocol";
import Type from "typebox";
import { NoAnswer } from "../../outgoing/http.ts";
import { type CatalogueReader, isName, jsonOf, type ListedOffer, MAX_OFFERS, textOf } from "./reader.ts";

const Text = Type.String({ minLength: 1, maxLength: 128 });

const checkSigned = checker(
  Type.Object({ protected: Type.String(), payload: Type.String(), signature: Type.String() }),
);
const checkHeader = checker(Type.Object({ alg: Type.Literal("EdDSA") }));
/** Other properties are ignored, so that a later version of the format can have more. */
const checkList = checker(
  Type.Object({
    format: Type.Literal("fleetlog-catalogue"),
    expiresAt: Type.Optional(Type.String()),
    packages: Type.Array(
      Type.Object({
        name: Text,
        category: Type.Enum(["firmware", "software"]),
        version: Text,
        build: Type.Optional(Text),
        models: Type.Array(Text, { minItems: 1, maxItems: 64 }),
        title: Type.Optional(Text),
        size: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
        url: Type.Optional(Type.String({ minLength: 1, maxLength: 2_048 })),
        needs: Type.Optional(Type.Record(Text, Text)),
      }),
      { maxItems: MAX_OFFERS },
    ),
  }),
);

/** A list in Fleetlog's form: a flattened JWS (RFC 7515, 7.2.2) with an Ed25519 signature (RFC 8037). */
export const fleetlog: CatalogueReader = {
  questions: () => [{}],

  async ask(catalogue, key, _question, asking) {
    const { url, signedBy } = catalogue;
    const isFile = url.startsWith("file:");
    const text = isFile
      ? await asking.readFile(new URL(url).pathname.slice(1))
      : await textOf(url, catalogue, key, asking);
    return packagesIn(text, signedBy ?? "", asking.now());
  },
};

export function packagesIn(text: string, signedBy: string, now: number): ListedOffer[] {
  const list = checkList(signedJson(text, signedBy));
  if (!list.ok) throw new NoAnswer("its list does not have the form of a catalogue");
  const { expiresAt, packages } = list.value;
  if (expiresAt !== undefined && !(Date.parse(expiresAt) > now))
    throw new NoAnswer(`its list has expired (${expiresAt})`);
  return packages.flatMap(({ name, needs = {}, ...rest }) => {
    const isValid = isName(name) && Object.keys(needs).every(isName);
    const { category, version, build, models, title, size, url } = rest;
    const shown = {
      ...(build !== undefined && { build }),
      ...(title !== undefined && { title }),
      ...(size !== undefined && { size }),
      ...(url !== undefined && { url }),
      ...(Object.keys(needs).length > 0 && { needs }),
    };
    return isValid ? [{ package: name, category, version, models, ...shown }] : [];
  });
}

function signedJson(text: string, signedBy: string): unknown {
  const signed = checkSigned(jsonOf(text));
  if (!signed.ok) throw new NoAnswer("its list is not signed");
  const { protected: header, payload, signature } = signed.value;
  const decoded = checkHeader(jsonOf(Buffer.from(header, "base64url").toString("utf8")));
  if (!decoded.ok || "crit" in decoded.value || "b64" in decoded.value)
    throw new NoAnswer("its list is not signed with EdDSA");
  const bytes = Buffer.from(`${header}.${payload}`);
  if (!verify(null, bytes, createPublicKey(signedBy), Buffer.from(signature, "base64url")))
    throw new NoAnswer("the signature of its list is wrong");
  return jsonOf(Buffer.from(payload, "base64url").toString("utf8"));
}
