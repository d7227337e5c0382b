// Refuses rules over what belongs to strangers: the root, top-level domains, public suffixes, shared CDNs,
// and prefixes so short that a part of the internet lies in them.

import { getPublicSuffix } from 'tldts';
import { MATCH } from '../policy/rule.ts';
import { type Prefix, readPrefix } from '../settings/address.ts';
import { isWithin } from '../settings/ranges.ts';
import { addressText } from '../wire/address-text.ts';
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
  'alikunlun.com',
  'aliyuncs.com',
  'amazonaws.com',
  'appsflyersdk.com',
  'b-cdn.net',
  'cachefly.net',
  'cdn20.com',
  'cdn77.org',
  'cdngslb.com',
  'cloudapp.azure.com',
  'cloudfront.net',
  'ecdnx.com',
  'edgecastcdn.net',
  'edgekey.net',
  'edgesuite.net',
  'fastly.net',
  'footprint.net',
  'googlehosted.com',
  'googleusercontent.com',
  'impervadns.net',
  'incapdns.net',
  'kunlunsl.com',
  'kxcdn.com',
  'llnwd.net',
  'myqcloud.com',
  'onelink.me',
  'qlivecdn.com',
  'rocket-cdn-eu.com',
  'rocket-cdn.com',
  'swiftserve.com',
  'volcfcdndvs.com',
  'windows.net',
  'wscdns.com',
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

/** The shortest prefixes of addresses that strangers have: an IPv4 /8 is the most that one holder was ever given. */
const SHORTEST = { 4: 8, 6: 16 } as const;

const prefix = (text: string) => readPrefix(text) as Prefix;
/** Multicast and what is reserved (RFC 1112 §4), which nobody is given; and what all of IPv6 is given out of (RFC 4291 §2.4). */
const UNGIVEN_IPV4 = prefix('224.0.0.0/3');
const GLOBAL_IPV6 = prefix('2000::/3');
/** All of IPv4 as clients behind NAT64 see it (RFC 6052 §2.1). */
const NAT64 = prefix('64:ff9b::/96');

/** Why a rule for the addresses of a prefix is refused; undefined when it is not. */
export function prefixRefusal(rule: Prefix): string | undefined {
  const { family, length, octets } = rule;
  const isGiven = family === 4 ? !isWithin(rule, UNGIVEN_IPV4) : meet(rule, GLOBAL_IPV6);
  if (isGiven && length < SHORTEST[family]) {
    return `shorter than /${SHORTEST[family]}: it speaks of a part of the internet; name the networks that are meant`;
  }
  if (isWithin(NAT64, rule)) {
    return 'all IPv4 addresses as NAT64 gives them out lie in it: it speaks of every one; name the networks that are meant';
  }
  if (!isWithin(rule, NAT64)) return undefined;
  const inner = `${addressText(4, octets.subarray(12))}/${length - NAT64.length}`;
  return `IPv4 addresses as NAT64 gives them out; write ${inner}, which holds for those too`;
}

function meet(one: Prefix, other: Prefix): boolean {
  return isWithin(one, other) || isWithin(other, one);
}

let sieve: SuffixSieve | undefined;

/** What lets the names pass quickly that `refusal` would not refuse: whatever comes through is to be asked there. */
export function refusalSieve(seed: number): SuffixSieve {
  if (sieve?.seed === seed) return sieve;
  sieve = new SuffixSieve(seed, SHARED_PARENTS);
  return sieve;
}
