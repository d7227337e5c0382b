// JSON in one form, and its hash: the same data gives the same octets, whoever wrote it and in whatever order.

import { createHash } from 'node:crypto';

/**
 * JSON in the form of RFC 8785: keys in the order of their UTF-16 units, no blanks. What is undefined in an object is
 * left out. `value` holds nothing that JSON has not.
 */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .flatMap((key) => {
      const member = (value as Record<string, unknown>)[key];
      return member === undefined ? [] : [`${JSON.stringify(key)}:${canonical(member)}`];
    });
  return `{${members.join(',')}}`;
}

/** SHA-256 in hexadecimal. */
export function sha256(octets: string | Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex');
}
