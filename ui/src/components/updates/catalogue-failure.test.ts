import { expect, it } from "vitest";
import { plainFailure } from "./catalogue-failure.ts";

it.each([
  ["it answered 403", "The catalogue has refused Fleetlog (403).", /client certificate/],
  ["it answered 404", "There is no catalogue at this address (404).", /URL/],
  ["it answered 301", "The catalogue has moved (301).", /redirects/],
  ["it answered 503", "The catalogue has a fault of its own (503).", /asks again/],
  ["it answered 418", "The catalogue has answered 418.", /URL/],
  ["updates.example.com can't be reached (ENOTFOUND)", "The name updates.example.com was not found.", /URL/],
  ["10.0.0.9:8443 can't be reached (ECONNREFUSED)", "No server listens at 10.0.0.9:8443.", /URL/],
  ["a.example can't be reached (CERT_HAS_EXPIRED)", "The certificate of a.example has expired.", /new one/],
  [
    "a.example can't be reached (DEPTH_ZERO_SELF_SIGNED_CERT)",
    "The certificate of a.example is from an authority that is not trusted.",
    /authority's certificate/,
  ],
  ["a.example can't be reached (connection ended)", "a.example has ended the connection.", /client certificate/],
  ["a.example must not be connected to: it is not a public address", /not public/, /FLEETLOG_CATALOGUE_NETWORKS/],
  ["no answer within 15 s", /too slow/, /asks again/],
  ["the signature of its list is wrong", "The signature of the list is wrong.", /Sign/],
  ["its client key is not stored", /not stored/, /enter the key again/],
])("says why a catalogue fails, and what can be done: %s", (reason, text, advice) => {
  const plain = plainFailure(reason);
  expect(plain.text).toMatch(text);
  expect(plain.advice).toMatch(advice);
});

it("the text shows an unknown reason unchanged", () => {
  expect(plainFailure("a.example can't be reached (ENEW)")).toEqual({
    text: "A.example can't be reached (ENEW).",
    advice: "",
  });
});
