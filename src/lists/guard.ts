// Refuses rules that would block what belongs to strangers: the root, top-level domains, public suffixes, shared CDNs.

import { getPublicSuffix } from 'tldts';
import { MATCH } from '../policy/rule.ts';
import { SuffixSieve } from './suffix-sieve.ts';

/**
 * Parents under which content networks, clouds and measuring services give every customer a name, and that the list of
 * public suffixes lacks: those beside which names of TikTok were seen, and the largest.
 */
const SHARED_PARENTS: ReadonlySet<string> = new Set([
  'akamai.net',
  'akamaistream.net',
  'akamaized.net',
  'alicdn.com',
  'amazonaws.com',
  'appsflyersdk.com',
  'b-cdn.net',
  'cdn20.com',
  'cloudfront.net',
  'ecdnx.com',
  'edgecastcdn.net',
  'edgekey.net',
  'edgesuite.net',
  'fastly.net',
  'footprint.net',
  'kunlunsl.com',
  'llnwd.net',
  'myqcloud.com',
  'onelink.me',
  'qlivecdn.com',
  'rocket-cdn-eu.com',
  'rocket-cdn.com',
  'swiftserve.com',
  'volcfcdndvs.com',
  'windows.net',
  'wsdvs.com',
]);

/** The name has been read by then: nothing needs to be found in it or checked again. */
const READ_NAME = {
  allowPrivateDomains: true,
  extractHostname: false,
  validateHostname: false,
  detectIp: false,
  mixedInputs: false,
};

/**
 * Why a rule for `name` (lower-case ASCII, no dot at the end) with `match` is refused; undefined when it is not.
 * An exact rule speaks of one name and is never refused.
 */
export function refusal(name: string, match: number): string | undefined {
  if (match === MATCH.EXACT) return undefined;
  if (name === '' || name === '.') return 'the root: it speaks of every name there is';
  if (!name.includes('.')) return 'a top-level domain: it speaks of every name beneath it';
  if (SHARED_PARENTS.has(name))
    return 'shared by the customers of a content network or a cloud: name hosts beneath it one by one';
  if (getPublicSuffix(name, READ_NAME) === name) {
    return 'a public suffix: strangers register names beneath it; name those that are meant';
  }
  return undefined;
}

let sieve: SuffixSieve | undefined;

/** What lets the names pass quickly that `refusal` would not refuse: whatever comes through is to be asked there. */
export function refusalSieve(seed: number): SuffixSieve {
  if (sieve?.seed === seed) return sieve;
  sieve = new SuffixSieve(seed, SHARED_PARENTS);
  return sieve;
}
