// A sink that remembers what it was given, as text.

import { FACETS, MATCH, MATCHES, type RuleSink } from '../../src/policy/rule.ts';
import { addressText } from '../../src/wire/address-text.ts';
import { textFromName, textFromWire } from '../../src/wire/name-text.ts';

const SEED = 12345;

export interface Recorded {
  /** `line match name`, with the facet behind it where there is one. */
  rules: string[];
  /** `line:column reason | text` */
  rejects: string[];
  /** How many rules were said to come. */
  expected: number[];
}

export function recordingSink(): RuleSink & Recorded {
  const rules: string[] = [];
  const rejects: string[] = [];
  const expected: number[] = [];
  const take = (text: string, match: number, facet: number, line: number): void => {
    const about = FACETS[facet] === 'none' ? '' : ` ${FACETS[facet]}`;
    rules.push(`${line} ${MATCHES[match]} ${text}${about}`);
  };
  return {
    seed: SEED,
    expected,
    expect: (count) => expected.push(count),
    rules,
    rejects,
    rule: (wire, match, _action, facet, line) => take(textFromWire(wire), match, facet, line),
    prefix: ({ family, address, length }, _action, facet, line) =>
      take(`${addressText(family, address)}/${length}`, MATCH.PREFIX, facet, line),
    named: (name, match, _action, facet, line) => take(textFromName(name), match, facet, line),
    reject(line, column, reason, text) {
      rejects.push(`${line}:${column} ${reason} | ${text}`);
    },
  };
}
