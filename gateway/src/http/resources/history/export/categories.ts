import { type Category, DEVICE_CATEGORIES, invalid, type Principal, streamOf } from "@fleetlog/domain";
import { CATEGORY_ACTIONS, readableCategories, scopeOf } from "@fleetlog/identity";

const OF_DEVICES: ReadonlySet<Category> = new Set(DEVICE_CATEGORIES);

/**
 * The categories of an export, all of one stream.
 *
 * @throws FleetError `invalid-request` for categories of several streams, or for a category without events of devices;
 * `forbidden` for a category that the person may not read
 */
export function exportedCategories(
  person: Principal,
  asked: readonly Category[] | undefined,
  device: string | undefined,
): readonly Category[] {
  const readable = readableCategories(person);
  if (asked === undefined) {
    return readable.filter((one) => streamOf(one) === "FLEET" && (device === undefined || OF_DEVICES.has(one)));
  }
  const categories = [...new Set(asked)];
  for (const category of categories) {
    scopeOf(person, CATEGORY_ACTIONS[category]);
    if (device !== undefined && !OF_DEVICES.has(category)) {
      throw invalid("category", `the category ${category} has no events of devices`);
    }
    if (streamOf(category) !== streamOf(categories[0] ?? category)) {
      throw invalid("category", `${categories[0]} and ${category} have separate sequences; export each by itself`);
    }
  }
  return categories;
}
