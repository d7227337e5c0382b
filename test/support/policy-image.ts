// Compiles small policies for tests from a few words, with groups by subnet.

import { Compiler } from '../../src/policy/compile.ts';
import type { AnswerInput } from '../../src/policy/compile-input.ts';
import { ACTION, ALL_FACETS, ANSWER, FACET_NONE, MATCH, MODE } from '../../src/policy/rule.ts';
import { readPrefix } from '../../src/settings/address.ts';
import { isTrouble } from '../../src/settings/problems.ts';
import { wireFromText } from '../../src/wire/name-text.ts';

export interface PolicyPlan {
  seed: number;
  generation?: number;
  /** Suffix rules by default; `=name` is exact, `*.name` below, `!name` an allow. */
  blocked?: string[];
  /** Prefixes of addresses, in a list of their own under the same policy; `!prefix` an allow. */
  nets?: string[];
  /** Group that blocks, as `a.b.c.d/length`; group 0. */
  blocking?: string[];
  /** Group that observes; group 1. */
  observing?: string[];
  /** Whether group 0 takes all others. */
  any?: boolean;
  answer?: Partial<AnswerInput>;
  forward?: [zone: string, number: number][];
  searchDomains?: string[];
  effective?: number | null;
  expires?: number | null;
  blocks?: number | null;
  /** From the policy, for clients as `a.b.c.d/length`; dates in Unix seconds. */
  exceptions?: {
    id?: string;
    clients: string[];
    /** By number. */
    devices?: number[];
    starts: number;
    expires: number;
    sealed?: boolean;
  }[];
  /** The registry: each device with its MAC as text, and the group that means it. */
  devices?: { id: string; mac?: string; group?: 'blocking' | 'observing' }[];
  /** Who may name them, as `a.b.c.d/length`. */
  macFrom?: string[];
  idFrom?: string[];
  /** What group 0 approves; all other names meet the policy in this mode. */
  managed?: { approved: string[]; mode: number };
  /** Group 0 is of this listener alone. */
  listener?: number;
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

function netsOf(compiler: Compiler, nets: string[]): number {
  const source = compiler.source({ id: 'nets', kind: 'list', title: 'Networks', file: 'nets.txt' });
  for (const [index, text] of nets.entries()) {
    const prefix = readPrefix(text.replace('!', ''));
    if (isTrouble(prefix)) throw new Error(prefix.message);
    const { family, octets: address, length } = prefix;
    const action = text.startsWith('!') ? ACTION.ALLOW : ACTION.BLOCK;
    compiler.sink(source).prefix({ family, address, length }, action, FACET_NONE, index + 1);
  }
  return source;
}

/** Takes the registry in; what a group has of it. */
function compileDevices(compiler: Compiler, { devices = [], macFrom = [], idFrom = [] }: PolicyPlan) {
  const octets = (mac: string) => Uint8Array.from(mac.split(':'), (octet) => Number.parseInt(octet, 16));
  const registry = devices.map(({ id, mac }) => ({ id, mac: mac === undefined ? null : octets(mac) }));
  compiler.devices(registry, { mac: macFrom.map(prefix), id: idFrom.map(prefix) });
  const forwarders = [...macFrom, ...idFrom].map(prefix);
  return (group: string) => ({
    devices: devices.flatMap((device, number) => (device.group === group ? [number] : [])),
    forwarders,
  });
}

/** One list, one policy over it, and up to two groups; where there are `nets`, one list more. */
export function policyImage(plan: PolicyPlan): SharedArrayBuffer {
  const compiler = new Compiler(plan.seed);
  const list = (id: string, title: string, rules: string[]): number => {
    const source = compiler.source({ id, kind: 'list', title, file: `${id}.txt` });
    rules.forEach((text, index) => {
      const { name, match, action } = ruleOf(text);
      compiler.sink(source).rule(wireFromText(name)!, match, action, FACET_NONE, index + 1);
    });
    return source;
  };
  const source = list('blocked', 'Blocked', plan.blocked ?? []);
  const sources = [source, ...(plan.nets ? [netsOf(compiler, plan.nets)] : [])];
  for (const [zone, number] of plan.forward ?? []) compiler.forward(wireFromText(zone)!, number);
  for (const domain of plan.searchDomains ?? []) compiler.search(wireFromText(domain)!);
  const answer = { kind: ANSWER.NXDOMAIN, ttl: 60, ede: 15, text: POLICY_TEXT, ...plan.answer };
  compiler.policy({
    id: 'be-716',
    title: { en: 'Temporary ban' },
    authority: 'National Security Council',
    contact: 'netsec@example.be',
    effective: plan.effective ?? null,
    expires: plan.expires ?? null,
    blocks: plan.blocks ?? null,
    onExpiry: MODE.OFF,
    selections: sources.map((one) => ({ source: one, facets: ALL_FACETS })),
    answer,
  });
  const named = compileDevices(compiler, plan);
  compiler.group({
    id: 'blocking',
    ...named('blocking'),
    any: plan.any ?? false,
    prefixes: (plan.blocking ?? ['10.0.0.0/8']).map(prefix),
    listeners: plan.listener === undefined ? [] : [plan.listener],
    modes: [MODE.BLOCK],
    allow: plan.managed ? [list('approved', 'Approved', plan.managed.approved)] : [],
    fallback: plan.managed ? { mode: plan.managed.mode, policy: 0 } : null,
  });
  if (plan.observing) {
    const prefixes = plan.observing.map(prefix);
    compiler.group({ id: 'observing', ...named('observing'), any: false, prefixes, modes: [MODE.OBSERVE], allow: [] });
  }
  (plan.exceptions ?? []).forEach(({ id, clients, sealed = false, ...more }, index) => {
    const prefixes = clients.map(prefix);
    compiler.exception({ id: id ?? `x-${index}`, policy: 0, prefixes, sealed, ...more });
  });
  return compiler.finish(plan.generation ?? 1);
}
