// Whether an update of a list is too large a step to be taken by itself.

import type { GuardSettings } from '../settings/settings.ts';
import type { Change } from './comparison.ts';

/** A change of fewer rules is what people make by hand. */
export const LEAST_JUMP = 100;

const percent = (share: number) => `${Math.round(share * 100)} %`;

/** Why the change has to be looked at by somebody, in words; undefined where it does not. */
export function jumpOf(
  { before, added, removed }: Change,
  { growth, shrink }: Pick<GuardSettings, 'growth' | 'shrink'>,
) {
  if (removed >= LEAST_JUMP && removed > before * shrink) {
    const share = percent(removed / before);
    return `${removed} of its ${before} rules would go: ${share}, more than guard.shrink (${percent(shrink)})`;
  }
  if (added >= LEAST_JUMP && added > before * growth) {
    const share = percent(added / before);
    return `${added} rules would come to its ${before}: ${share}, more than guard.growth (${percent(growth)})`;
  }
  return undefined;
}
