// Compiles small policies for tests from a few words, with groups by subnet.

import { Compiler } from '../../src/policy/compile.ts';
import type { AnswerInput } from '../../src/policy/compile-input.ts';
import { ACTION, ALL_FACETS, ANSWER, FACET_NONE, MATCH, MODE } from '../../src/policy/rule.ts';
import { wireFromText } from '../../src/wire/name-text.ts';

export interface PolicyPlan {
  seed: number;
  generation?: number;
  /** Suffix rules by default; `=name` is exact, `*.name` below, `!name` an allow. */
  blocked?: string[];
  /** Group that blocks, as `a.b.c.d/length`; group 0. */
  blocking?: string[];
  /** Group that observes; group 1. */
  observing?: string[];
  /** Whether group 0 takes all others. */
  any?: boolean;
  answer?: Partial<AnswerInput>;
  forward?: [zone: string, number: number][];
  effective?: number | null;
}

export const POLICY_TEXT = 'be-716: ask netsec@example.be';

/** The octets of an IPv4 prefix in text. */
export function prefix(text: string): { family: 4; address: Uint8Array; length: number } {
  const [address, length = '32'] = text.split('/');
  return { family: 4, address: Uint8Array.from(address.split('.'), Number), length: Number(length) };
}

function ruleOf(text: string): { name: string; match: number; action: number } {
  const action = text.startsWith('!') ? ACTION.ALLOW : ACTION.BLOCK;
  const rest = action === ACTION.ALLOW ? text.slice(1) : text;
  if (rest.startsWith('=')) return { name: rest.slice(1), match: MATCH.EXACT, action };
  if (rest.startsWith('*.')) return { name: rest.slice(2), match: MATCH.BELOW, action };
  return { name: rest, match: MATCH.SUFFIX, action };
}

/** One list, one policy over it, and up to two groups. */
export function policyImage(plan: PolicyPlan): SharedArrayBuffer {
  const compiler = new Compiler(plan.seed);
  const source = compiler.source({ id: 'blocked', kind: 'list', title: 'Blocked', file: 'blocked.txt' });
  const sink = compiler.sink(source);
  (plan.blocked ?? []).forEach((text, index) => {
    const { name, match, action } = ruleOf(text);
    sink.rule(wireFromText(name)!, match, action, FACET_NONE, index + 1);
  });
  for (const [zone, number] of plan.forward ?? []) compiler.forward(wireFromText(zone)!, number);
  const answer = { kind: ANSWER.NXDOMAIN, ttl: 60, ede: 15, text: POLICY_TEXT, ...plan.answer };
  compiler.policy({
    id: 'be-716',
    title: { en: 'Temporary ban' },
    authority: 'National Security Council',
    contact: 'netsec@example.be',
    effective: plan.effective ?? null,
    expires: null,
    onExpiry: MODE.BLOCK,
    selections: [{ source, facets: ALL_FACETS }],
    answer,
  });
  const group = (id: string, any: boolean, prefixes: string[], mode: number) =>
    compiler.group({ id, any, prefixes: prefixes.map(prefix), modes: [mode], allow: [] });
  group('blocking', plan.any ?? false, plan.blocking ?? ['10.0.0.0/8'], MODE.BLOCK);
  if (plan.observing) group('observing', false, plan.observing, MODE.OBSERVE);
  return compiler.finish(plan.generation ?? 1);
}
