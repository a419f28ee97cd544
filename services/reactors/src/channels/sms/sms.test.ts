import { describe, expect, it } from "vitest";
import { NoAnswer, type OutgoingAnswer, type OutgoingRequest } from "../../outgoing/http.ts";
import { httpGateway } from "./http.ts";
import { sns } from "./sns.ts";
import { twilio } from "./twilio.ts";

const sms = { id: "d1", to: "+4915112345", text: "pump 7 is hot & loud" };

function answering(status: number, text = "", retryAfter?: string) {
  const requests: OutgoingRequest[] = [];
  const post = async (request: OutgoingRequest): Promise<OutgoingAnswer> => {
    requests.push(request);
    if (status === 0) throw new NoAnswer("gateway.example can't be reached (ECONNREFUSED)");
    return { status, text, retryAfter };
  };
  return { requests, context: { post, signal: new AbortController().signal, now: () => 0 } };
}

const gateway = {
  kind: "sms",
  provider: "http",
  to: [],
  url: "https://sms.example/send",
  token: "t",
  format: "json",
} as const;
const ofTwilio = {
  kind: "sms",
  provider: "twilio",
  to: [],
  accountSid: "AC1",
  authToken: "pw",
  from: "+1555",
} as const;
const ofSns = {
  kind: "sms",
  provider: "sns",
  to: [],
  region: "eu-central-1",
  accessKeyId: "AKID",
  secretAccessKey: "x",
} as const;

describe("an SMS", () => {
  it("goes to an HTTP gateway as JSON or as a form, with the configured field names, and always with the same idempotency key", async () => {
    const { requests, context } = answering(202);
    expect(await httpGateway(gateway, sms, context)).toEqual({ state: "sent" });
    await httpGateway({ ...gateway, format: "form", fields: { to: "msisdn", id: "ref" } }, sms, context);
    expect(requests[0]).toEqual({
      url: "https://sms.example/send",
      headers: { "content-type": "application/json", authorization: "Bearer t", "idempotency-key": "d1" },
      body: JSON.stringify({ to: sms.to, text: sms.text, id: "d1" }),
    });
    expect(Object.fromEntries(new URLSearchParams(requests[1]?.body))).toEqual({
      msisdn: sms.to,
      text: sms.text,
      ref: "d1",
    });
  });

  it("goes to Twilio in its form", async () => {
    const { requests, context } = answering(201);
    await twilio(ofTwilio, sms, context);
    await twilio({ ...ofTwilio, from: `MG${"0".repeat(32)}` }, sms, context);
    const [first, second] = requests;
    expect(first?.url).toBe("https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json");
    expect(first?.headers.authorization).toBe(`Basic ${Buffer.from("AC1:pw").toString("base64")}`);
    expect(Object.fromEntries(new URLSearchParams(first?.body))).toEqual({ To: sms.to, From: "+1555", Body: sms.text });
    expect(new URLSearchParams(second?.body).has("MessagingServiceSid")).toBe(true);
  });

  it("goes to Amazon SNS with a signature of the region", async () => {
    const { requests, context } = answering(200);
    await sns({ ...ofSns, senderId: "Fleet" }, sms, context);
    const [request] = requests;
    expect(request?.url).toBe("https://sns.eu-central-1.amazonaws.com/");
    expect(JSON.stringify(request?.headers)).toContain("AKID/19700101/eu-central-1/sns/aws4_request");
    const form = new URLSearchParams(request?.body);
    expect([form.get("Action"), form.get("PhoneNumber"), form.get("Message")]).toEqual(["Publish", sms.to, sms.text]);
    expect(form.get("MessageAttributes.entry.1.Value.StringValue")).toBe("Fleet");
  });

  it.each([
    ["http", 500, "", "later"],
    ["http", 401, "", "later"],
    ["http", 422, "", "refused"],
    ["http", 0, "", "later"],
    ["twilio", 400, '{"code":21211,"message":"The number +4915112345 is not valid"}', "refused"],
    ["twilio", 429, "", "later"],
    ["sns", 400, "<ErrorResponse><Error><Code>InvalidParameter</Code></Error></ErrorResponse>", "refused"],
    ["sns", 400, "<Error><Code>Throttling</Code></Error>", "later"],
    ["sns", 403, "<Error><Code>SignatureDoesNotMatch</Code></Error>", "later"],
    ["sns", 500, "<Error><Code>InternalError</Code></Error>", "later"],
  ])(
    "by %s has an outcome that follows from the answer %i and does not contain the number",
    async (provider, status, text, state) => {
      const { context } = answering(status, text);
      const send = {
        http: () => httpGateway(gateway, sms, context),
        twilio: () => twilio(ofTwilio, sms, context),
        sns: () => sns(ofSns, sms, context),
      }[provider];
      const outcome = await send?.();
      expect(outcome?.state).toBe(state);
      expect(JSON.stringify(outcome)).not.toContain("4915112345");
    },
  );

  it("waits as long as the gateway asks for", async () => {
    const { context } = answering(429, "", "120");
    expect(await httpGateway(gateway, sms, context)).toMatchObject({ state: "later", retryAfterMs: 120_000 });
  });
});
