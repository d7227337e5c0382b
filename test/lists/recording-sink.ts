// A sink that remembers what it was given, as text.

import { ACTION, FACETS, MATCH, MATCHES, type RuleSink } from '../../src/policy/rule.ts';
import { addressText } from '../../src/wire/address-text.ts';
import { textFromName, textFromWire } from '../../src/wire/name-text.ts';

const SEED = 12345;

export interface Recorded {
  /** `line match name`, with `allow` before the match and the facet behind the name where there is one. */
  rules: string[];
  /** `line:column reason | text` */
  rejects: string[];
  /** `line kind` */
  left: string[];
  /** How many rules were said to come. */
  expected: number[];
}

export function recordingSink(): RuleSink & Recorded {
  const rules: string[] = [];
  const rejects: string[] = [];
  const left: string[] = [];
  const expected: number[] = [];
  const take = (text: string, match: number, action: number, facet: number, line: number): void => {
    const allow = action === ACTION.ALLOW ? 'allow ' : '';
    const about = FACETS[facet] === 'none' ? '' : ` ${FACETS[facet]}`;
    rules.push(`${line} ${allow}${MATCHES[match]} ${text}${about}`);
  };
  return {
    seed: SEED,
    expected,
    expect: (count) => expected.push(count),
    rules,
    rejects,
    left,
    rule: (wire, match, action, facet, line) => take(textFromWire(wire), match, action, facet, line),
    prefix: ({ family, address, length }, action, facet, line) =>
      take(`${addressText(family, address)}/${length}`, MATCH.PREFIX, action, facet, line),
    named: (name, match, action, facet, line) => take(textFromName(name), match, action, facet, line),
    reject(line, column, reason, text) {
      rejects.push(`${line}:${column} ${reason} | ${text}`);
    },
    leave: (kind, line) => left.push(`${line} ${kind}`),
  };
}
