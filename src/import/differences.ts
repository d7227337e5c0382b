// What lists mean in Sluis and did not mean in the tools: said once for each import that has such lists.

import type { Item, Plan } from './plan.ts';

/** Of lists from servers or files, which may be of any format. */
export function sayOfLists(plan: Plan, item: Item) {
  plan.differ(
    item,
    `a list that cannot be had at the first start keeps Sluis from starting, where ${plan.tool} went on without it`,
    'take lists out whose servers are gone, or write "on_missing_policy: open" in the groups',
  );
}

/** Of allows that reach beneath a name. */
export function sayOfAllows(plan: Plan, item: Item) {
  plan.differ(
    item,
    'an allow of a name with all beneath it does not reach a deeper name that a list blocks by itself',
    'allow the deeper name as well',
  );
}

export const NEVER = '30d';

/** A tool that never looked for lists anew; Sluis always does. */
export function sayNever(plan: Plan, item: Item) {
  const fix = 'pin a list that must not change with sha256';
  plan.differ(item, `lists are looked for anew every ${NEVER}, where ${plan.tool} never did`, fix);
}
