/** Rules keep their reach as a response policy zone. */
import { expect, it } from 'vitest';
import { responsePolicyZone } from '../../../bench/wire/response-policy-zone.ts';

it.each([
  [
    ['a.com', 'b.co.uk'],
    ['a.com', '*.a.com', 'b.co.uk', '*.b.co.uk'],
  ],
  // x.www.a.com would make www.a.com exist, and the wildcard would not reach it.
  [
    ['x.www.a.com', 'a.com', 'mya.com'],
    ['a.com', '*.a.com', 'mya.com', '*.mya.com'],
  ],
  [
    ['one.b.net', 'two.b.net'],
    ['one.b.net', '*.one.b.net', 'two.b.net', '*.two.b.net'],
  ],
])('of %j', (rules, owners) => {
  const records = responsePolicyZone(rules).trimEnd().split('\n').slice(3);
  expect(records).toEqual(owners.map((owner) => `${owner} CNAME .`));
});
