/** The rules as a response policy zone, which is how BIND and PowerDNS Recursor take a blocklist. */

/** Two records a rule, for the name and for all below it, each meaning NXDOMAIN (`CNAME .`). */
export function responsePolicyZone(rules: readonly string[]): string {
  const start = ['$TTL 60', '@ SOA localhost. root.localhost. 1 3600 600 86400 60', '@ NS localhost.'];
  return [...start, ...rules.flatMap((name) => [`${name} CNAME .`, `*.${name} CNAME .`]), ''].join('\n');
}
