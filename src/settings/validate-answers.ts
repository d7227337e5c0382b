// Checks blocked answers against the extended DNS error that their policy sends with them.

import { EDE } from '../wire/codes.ts';
import { isLoopback, isWildcard, readAddress } from './address.ts';
import { type Checks, each, texts } from './checks.ts';
import { isPlain, type Plain, wordOf } from './merge.ts';
import { EXTRA_TEXT_LENGTH } from './option-kinds.ts';
import type { Path } from './problems.ts';
import { defaultText } from './resolve.ts';

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
    forging.add(wordOf(value.id));
    if (isNegative(value.answer)) refuse(checks, [...path, 'ede'], value.answer);
  }
  for (const { path, value } of each(checks.tree.root, 'groups.*.answers')) {
    if (!isPlain(value)) continue;
    for (const [policy, answer] of Object.entries(value as Plain)) {
      if (forging.has(policy) && isNegative(answer)) refuse(checks, [...path, policy], answer);
    }
  }
}

/** An address that means the machine which asks: it would connect to itself, and to whatever listens there. */
export function validateSinkholes(checks: Checks): void {
  for (const pattern of ['policies.*.answer', 'groups.*.answers.*']) {
    for (const family of [4, 6]) {
      for (const { path, value } of texts(checks.tree.root, `${pattern}.sinkhole.ipv${family}`)) {
        const address = readAddress(value);
        if (address?.family !== family || !(isWildcard(address) || isLoopback(address))) continue;
        const own = 'write the address of a server of your own that clients reach';
        const fix = isWildcard(address) ? `write "null" as the answer where that is meant; else ${own}` : own;
        checks.warn(path, `clients would connect to themselves: ${value} is no server to them`, fix);
      }
    }
  }
}

/** A contact that the text of a blocked answer cannot hold is left out of it: whoever is blocked would not know. */
export function validateContacts(checks: Checks): void {
  for (const { path, value } of each(checks.tree.root, 'policies.*')) {
    if (!isPlain(value) || value.text !== undefined || typeof value.contact !== 'string') continue;
    const id = wordOf(value.id);
    if (defaultText(id, value.contact) !== id) continue;
    const room = EXTRA_TEXT_LENGTH - defaultText(id, 'x').length + 1;
    const fix = `write printable ASCII, at most ${room} characters; or all that they are told, as "text"`;
    checks.warn([...path, 'contact'], 'clients that are blocked are not told of this contact', fix);
  }
}

function refuse(checks: Checks, path: Path, answer: unknown): void {
  checks.error(path, `ede 4 tells of a forged address, and the answer ${word(answer)} has none`, FIX);
}
