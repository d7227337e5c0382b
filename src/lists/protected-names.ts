// The names that no list blocks: those that come with Sluis, and the organisation's own.

import { readFileSync } from 'node:fs';
import type { GuardSettings } from '../settings/settings.ts';
import { shippedProtected } from '../settings/shipped.ts';
import { Protection } from './protection.ts';

/** Names of the shipped file: one a line, `#` begins a comment. */
export function shippedNames(text = readFileSync(shippedProtected, 'utf8')): string[] {
  return text.split('\n').flatMap((line) => line.replace(/#.*/, '').trim() || []);
}

/** `seed` is the one that names of lists are read with. */
export function protectionOf(seed: number, { protect, unprotect }: GuardSettings): Protection {
  return new Protection(seed, [...shippedNames(), ...protect], unprotect);
}
