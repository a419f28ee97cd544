import { expect, it } from "vitest";
import { signatureProblem } from "./signature-check.ts";

/** `post-x-www-form-urlencoded` and `get-vanilla-query-order-key-case` of the test suite that AWS publishes. */
const scope = "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";
const check = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  region: "us-east-1",
  service: "service",
  now: Date.parse("2015-08-30T12:36:00Z"),
};
const common = { host: "example.amazonaws.com", "x-amz-date": "20150830T123600Z" };
const form = {
  method: "POST",
  path: "/",
  headers: {
    ...common,
    "content-type": "application/x-www-form-urlencoded",
    authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=content-type;host;x-amz-date, Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a`,
  },
  body: "Param1=value1",
};
const query = {
  method: "GET",
  path: "/?Param2=value2&Param1=value1",
  headers: {
    ...common,
    authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host;x-amz-date, Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500`,
  },
  body: "",
};

it("the check of a signature accepts requests of the published test suite, and none with a difference", () => {
  expect(signatureProblem(form, check)).toBeUndefined();
  expect(signatureProblem(query, check)).toBeUndefined();
  const wrong = "the signature does not match";
  expect(signatureProblem({ ...form, body: "Param1=value2" }, check)).toBe(wrong);
  expect(signatureProblem({ ...form, path: "/other" }, check)).toBe(wrong);
  expect(signatureProblem({ ...form, headers: { ...form.headers, host: "example.org" } }, check)).toBe(wrong);
  expect(signatureProblem(form, { ...check, secretAccessKey: "another" })).toBe(wrong);
  expect(signatureProblem(form, { ...check, region: "eu-central-1" })).toBe("another region or service");
  expect(signatureProblem(form, { ...check, now: check.now + 1_000_000 })).toMatch(/15 minutes/);
  const more = { ...form, headers: { ...form.headers, "x-amz-security-token": "t" } };
  expect(signatureProblem(more, check)).toBe("x-amz-security-token is not signed");
});
