/** The rules as a response policy zone, which is how BIND and PowerDNS Recursor take a blocklist. */

import { isCovered } from './names.ts';

/**
 * Two records a rule, for the name and for all below it, each meaning NXDOMAIN (`CNAME .`). A rule below another is
 * left out: it adds nothing, and names between the two would exist by it, which keeps a wildcard away (RFC 4592 §2.2.2).
 */
export function responsePolicyZone(rules: readonly string[]): string {
  const start = ['$TTL 60', '@ SOA localhost. root.localhost. 1 3600 600 86400 60', '@ NS localhost.'];
  const all = new Set(rules);
  const parentOf = (name: string) => name.slice(name.indexOf('.') + 1);
  const topmost = rules.filter((name) => !isCovered(parentOf(name), all));
  return [...start, ...topmost.flatMap((name) => [`${name} CNAME .`, `*.${name} CNAME .`]), ''].join('\n');
}
