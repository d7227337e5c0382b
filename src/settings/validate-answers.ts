// Checks blocked answers against the extended DNS error that their policy sends with them.

import { EDE } from '../wire/codes.ts';
import { type Checks, each } from './checks.ts';
import { isPlain, type Plain } from './merge.ts';
import type { Path } from './problems.ts';

const FIX = 'write ede: 15, 16 or 17; or an answer with an address: "null" or a sinkhole';

/** Whether the option is an answer without an address; what is no answer at all is the table's to report. */
function isNegative(answer: unknown): boolean {
  return answer === undefined || answer === 'nxdomain' || answer === 'nodata';
}

function word(answer: unknown): string {
  return typeof answer === 'string' ? answer : 'nxdomain';
}

/** "Forged answer" says that the address is not the true one: a denial has none (RFC 8914 §4.5). */
export function validateAnswers(checks: Checks): void {
  const forging = new Set<string>();
  for (const { path, value } of each(checks.tree.root, 'policies.*')) {
    if (!isPlain(value) || value.ede !== EDE.FORGED) continue;
    forging.add(String(value.id));
    if (isNegative(value.answer)) refuse(checks, [...path, 'ede'], value.answer);
  }
  for (const { path, value } of each(checks.tree.root, 'groups.*.answers')) {
    if (!isPlain(value)) continue;
    for (const [policy, answer] of Object.entries(value as Plain)) {
      if (forging.has(policy) && isNegative(answer)) refuse(checks, [...path, policy], answer);
    }
  }
}

function refuse(checks: Checks, path: Path, answer: unknown): void {
  checks.error(path, `ede 4 tells of a forged address, and the answer ${word(answer)} has none`, FIX);
}
