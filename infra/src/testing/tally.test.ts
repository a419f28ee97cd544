import { describe, expect, it } from "vitest";
import { add, summary, tallyVitest, type VitestReport } from "./tally.ts";

const empty: VitestReport = {
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
};

describe("tallyVitest", () => {
  it("counts the tests of the report", () => {
    const report = { ...empty, numPassedTests: 3, numFailedTests: 1, numPendingTests: 1, numTodoTests: 1 };
    expect(tallyVitest(report, 1)).toEqual({ passed: 3, failed: 1, skipped: 2 });
  });

  it("counts a file that broke outside its tests as a failure", () => {
    const testResults = [{ status: "failed", assertionResults: [{ status: "passed" }] }];
    expect(tallyVitest({ ...empty, numPassedTests: 1, testResults }, 1)).toMatchObject({ passed: 1, failed: 1 });
  });

  it("does not count a failed test's file twice", () => {
    const testResults = [{ status: "failed", assertionResults: [{ status: "failed" }] }];
    expect(tallyVitest({ ...empty, numFailedTests: 1, testResults }, 1).failed).toBe(1);
  });

  it("counts a failure if the runner crashed, if nothing explains its exit code, or if no test ran", () => {
    expect(tallyVitest(undefined, 0).failed).toBe(1);
    expect(tallyVitest({ ...empty, numPassedTests: 2 }, 1)).toMatchObject({ passed: 2, failed: 1 });
    expect(tallyVitest(empty, 0).failed).toBe(1);
    expect(tallyVitest(empty, 0, true).failed).toBe(0);
  });
});

describe("summary", () => {
  it("is one line, and names skipped tests only when there are any", () => {
    const sum = add({ passed: 1, failed: 0, skipped: 0 }, { passed: 2, failed: 1, skipped: 0 });
    expect(summary(sum)).toBe("3 passed, 1 failed");
    expect(summary({ ...sum, skipped: 4 })).toBe("3 passed, 1 failed, 4 skipped");
    expect(summary(sum, { passed: 1, failed: 1, skipped: 1 })).toBe("3 passed, 1 failed (2 of them in containers)");
  });
});
