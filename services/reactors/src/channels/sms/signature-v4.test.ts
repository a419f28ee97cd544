import { expect, it } from "vitest";
import { signV4 } from "./signature-v4.ts";

/** Values from the test suite that AWS publishes for signature version 4. */
const key = {
  region: "us-east-1",
  service: "service",
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  now: Date.parse("2015-08-30T12:36:00Z"),
};
const scope = "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";

it.each([
  [
    "post-vanilla",
    { url: "https://example.amazonaws.com/", headers: {}, body: "" },
    `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b`,
  ],
  [
    "post-vanilla-query",
    { url: "https://example.amazonaws.com/?Param1=value1", headers: {}, body: "" },
    `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host;x-amz-date, Signature=28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11`,
  ],
  [
    "post-x-www-form-urlencoded",
    {
      url: "https://example.amazonaws.com/",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "Param1=value1",
    },
    `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=content-type;host;x-amz-date, Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a`,
  ],
])("signs the request %s of the published test suite", (_, request, authorization) => {
  const headers = signV4(request, key);
  expect(Object.entries(headers).find(([name]) => name.toLowerCase() === "authorization")?.[1]).toBe(authorization);
  expect(headers["x-amz-date"]).toBe("20150830T123600Z");
});
