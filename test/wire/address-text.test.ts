// An address with its port, as people and URLs write it.

import { expect, it } from 'vitest';
import { withPort } from '../../src/wire/address-text.ts';

it.each([
  ['192.0.2.1', '192.0.2.1:53'],
  ['2001:db8::1', '[2001:db8::1]:53'],
  ['fe80::1%eth0', '[fe80::1%eth0]:53'],
  ['::', '[::]:53'],
])('%s on port 53 is %s', (address, text) => expect(withPort(address, 53)).toBe(text));
