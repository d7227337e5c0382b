// A sink that remembers what it was given, as text.

import { FACETS, MATCHES, type RuleSink } from '../../src/policy/rule.ts';
import { textFromWire } from '../../src/wire/name-text.ts';

export interface Recorded {
  /** `line match name`, with the facet behind it where there is one. */
  rules: string[];
  /** `line:column reason | text` */
  rejects: string[];
}

export function recordingSink(): RuleSink & Recorded {
  const rules: string[] = [];
  const rejects: string[] = [];
  return {
    rules,
    rejects,
    rule(wire, match, _action, facet, line) {
      const name = FACETS[facet] === 'none' ? '' : ` ${FACETS[facet]}`;
      rules.push(`${line} ${MATCHES[match]} ${textFromWire(wire)}${name}`);
    },
    reject(line, column, reason, text) {
      rejects.push(`${line}:${column} ${reason} | ${text}`);
    },
  };
}
