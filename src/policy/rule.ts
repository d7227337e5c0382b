// The vocabulary of policy: how a rule matches, what it does, which facet it speaks of, and what a policy answers.

import type { Name } from '../wire/name.ts';
import type { PrefixInput } from './compile-input.ts';

/** Which names a rule speaks of, or which addresses. */
export const MATCH = {
  /** The name and all beneath it. */
  SUFFIX: 0,
  /** The name alone. */
  EXACT: 1,
  /** All beneath the name, not the name itself. */
  BELOW: 2,
  /** The addresses of a prefix. */
  PREFIX: 3,
} as const;
/** How a rule on a name may match. */
export const NAME_MATCHES = ['suffix', 'exact', 'below'] as const;
export const MATCHES = [...NAME_MATCHES, 'prefix'] as const;

export const ACTION = { BLOCK: 0, ALLOW: 1 } as const;
export const ACTIONS = ['block', 'allow'] as const;

/** What a name is for in an app; `none` is what plain lists carry. A facet's number is its place here. */
export const FACETS = ['app', 'web', 'cdn', 'telemetry', 'pixel', 'embed', 'shared', 'none'] as const;
export type Facet = (typeof FACETS)[number];
export const FACET_NONE = 7;
/** The selection that covers every facet: what a policy that names a list has. Bit n stands for `FACETS[n]`. */
export const ALL_FACETS = 0xff;

/** What a policy does for a group. The order is strictness: comparisons rest on it. */
export const MODE = { OFF: 0, OBSERVE: 1, BLOCK: 2 } as const;
export const MODES = ['off', 'observe', 'block'] as const;

/** What a blocked name is answered with. */
export const ANSWER = { NXDOMAIN: 0, NODATA: 1, NULL: 2, SINKHOLE: 3 } as const;
export const ANSWERS = ['nxdomain', 'nodata', 'null', 'sinkhole'] as const;

/** What the resolver does with a name, from nothing to the strictest. */
export const DECISION = {
  /** No policy in force for the group speaks of the name. */
  PASS: 0,
  /** An allow rule spoke for it. */
  ALLOW: 1,
  /** A policy would block it, and only watches. */
  OBSERVE: 2,
  BLOCK: 3,
} as const;
export const DECISIONS = ['pass', 'allow', 'observe', 'block'] as const;

/** What list parsers feed, one call a line. */
export interface RuleSink {
  /** What a name must have been read with for `named`. */
  readonly seed: number;
  /** Told before the rules of a long list come, about how many: room for them is made once. A wrong guess costs no more than time. */
  expect(rules: number): void;
  /**
   * Takes one rule. `wire` is an uncompressed wire name in any case, copied; `match`, `action` and `facet` are numbers
   * of NAME_MATCHES, ACTION and FACETS; `line` counts from 1.
   */
  rule(wire: Uint8Array, match: number, action: number, facet: number, line: number): void;
  /** As `rule`, for a name that has been read already; its whole hash is not looked at. */
  named(name: Name, match: number, action: number, facet: number, line: number): void;
  /**
   * As `rule`, for the addresses of a prefix. One of IPv6 whose addresses stand for IPv4 ones (`wire/embedded.ts`) is never
   * met, as those are looked up as what they stand for: feed the IPv4 prefix.
   */
  prefix(prefix: PrefixInput, action: number, facet: number, line: number): void;
  /** Takes a line that is no rule, with the place and the reason in words. */
  reject(line: number, column: number, reason: string, text: string): void;
  /** Takes note of a good line that is not honoured, or not wholly: `kind` is a word for what it asks for. */
  leave(kind: string, line: number): void;
  /** Where the lines of one file go, for a list of several; here where it does not matter which file a line is in. */
  part?(file: string): RuleSink;
}
