// The same names as lists of every format: what any reader of them has to agree on.

import { LINE_FORMATS, type LineFormat } from '../../src/settings/list-formats.ts';

type NameFormat = Exclude<LineFormat, 'addresses'>;

export const NAME_FORMATS = LINE_FORMATS.filter((format) => format !== 'addresses');

/** Invented names in the shapes that lists have: deep and shallow, digits, hyphens, underscores, A-labels. */
export function nameOf(at: number): string {
  const shapes = [
    `name-${at}.example`,
    `a.b.c${at}.example.net`,
    `_x${at}.0-${at}.example.org`,
    `xn--bcher-kva.n${at}.example`,
    `${at}.example.co.uk`,
  ];
  return shapes[at % shapes.length];
}

const lines = (names: readonly string[], line: (name: string) => string) => `${names.map(line).join('\n')}\n`;

/** In each format, a list that blocks these names: with all beneath them where the format does so, else alone. */
export const LISTS: Record<NameFormat, (names: readonly string[]) => string> = {
  domains: (names) => `# Title: A list\n\n${lines(names, (name) => name)}`,
  hosts: (names) => `# Title: A list\n127.0.0.1 localhost\n${lines(names, (name) => `0.0.0.0 ${name}`)}`,
  adblock: (names) => `[Adblock Plus 2.0]\n! Title: A list\n${lines(names, (name) => `||${name}^`)}`,
  dnsmasq: (names) => `# Title: A list\n${lines(names, (name) => `address=/${name}/0.0.0.0`)}`,
  unbound: (names) => `server:\n${lines(names, (name) => `  local-zone: "${name}" always_nxdomain`)}`,
  rpz: (names) =>
    `$TTL 60\n@ SOA localhost. root. 1 2 3 4 5\n  NS localhost.\n${lines(names, (name) => `${name} CNAME .`)}`,
  v2fly: (names) => `# A list\n${lines(names, (name) => `domain:${name} @ads`)}`,
};

/** Which names a rule of such a list is about. */
export const MATCH_WRITTEN: Record<NameFormat, 'suffix' | 'exact'> = {
  domains: 'suffix',
  hosts: 'exact',
  adblock: 'suffix',
  dnsmasq: 'suffix',
  unbound: 'suffix',
  rpz: 'exact',
  v2fly: 'suffix',
};

export const APP = `# An app file.
id: demo
title: Demo
operator: Somebody
jurisdiction: { code: BE, source: "Decision 1", date: 2023-03 }
sources:
  - { key: one, name: a list, licence: MIT, date: 2026-08-19 }
names:
  - { name: demo.example, match: suffix, facet: web, sources: [one] }
  - name: other.example
    match: exact
    facet: app
    sources: [one]
`;
