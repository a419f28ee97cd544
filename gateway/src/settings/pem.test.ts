import { describe, expect, it } from "vitest";
import { pemBlocks, pemBytes } from "./pem.ts";

const block = (label: string, content: string) => `-----BEGIN ${label}-----\n${content}\n-----END ${label}-----\n`;

describe("pemBlocks", () => {
  it("finds the blocks with the label in order, between other text", () => {
    const text = `subject=/CN=a\r\n${block("CERTIFICATE", "YQ==")}${block("X509 CRL", "Yg==")}\n${block("CERTIFICATE", "Yw==")}`;
    expect(pemBlocks(text, "CERTIFICATE").map((found) => pemBytes(found).toString())).toEqual(["a", "c"]);
    expect(pemBlocks(text, "X509 CRL").map((found) => pemBytes(found).toString())).toEqual(["b"]);
    expect(pemBlocks(text, "PRIVATE KEY")).toEqual([]);
  });

  it("refuses a file that ends in the middle of a block, even after a whole block", () => {
    const text = block("CERTIFICATE", "YQ==") + block("CERTIFICATE", "Yg==").slice(0, -10);
    expect(() => pemBlocks(text, "CERTIFICATE")).toThrow("no end");
  });
});
