// One face for both ways to judge a name, the compiled one and the naive one, so that one contract holds them both.

import { Compiler } from '../../src/policy/compile.ts';
import type { PrefixInput } from '../../src/policy/compile-input.ts';
import { decide } from '../../src/policy/decide.ts';
import { findDevice, NAMED_BY } from '../../src/policy/devices.ts';
import { findGroup4, namingOf4 } from '../../src/policy/groups.ts';
import { Image, NO_DEVICE } from '../../src/policy/image.ts';
import { match, Path } from '../../src/policy/match.ts';
import { ANSWER, MODE } from '../../src/policy/rule.ts';
import { Verdict } from '../../src/policy/verdict.ts';
import { Name, readName } from '../../src/wire/name.ts';
import { clientNaively } from './naive-clients.ts';
import {
  decideNaively,
  findNaively,
  type Labels,
  type Outcome,
  type World,
  type WorldAddress,
  type WorldPrefix,
} from './naive-policy.ts';

export const SEED = 0x1ce4e5b9;

export interface PolicySubject {
  decide(group: number, name: Labels, seconds: number): Outcome;
  /** For a client of a listener, that may name a device by its number: its group is told too. */
  decideFor(
    listener: number,
    client: number,
    name: Labels,
    seconds: number,
    device?: number,
  ): Outcome & { group: number };
  /** Special-use code (0 for none) and forward zone (-1 for none). */
  find(name: Labels): { special: number; forward: number };
}

export function wireOf(labels: Labels): Uint8Array {
  return Uint8Array.from([...labels.flatMap((label) => [label.length, ...Buffer.from(label, 'latin1')]), 0]);
}

/** `name.labels` of a dotted text; no escapes. */
export function labelsOf(text: string): string[] {
  return text === '.' ? [] : text.split('.');
}

export function readLabels(labels: Labels, seed = SEED): Name {
  const name = new Name(seed);
  const wire = wireOf(labels);
  if (readName(wire, 0, wire.length, name) !== wire.length) throw new Error(`no name: ${JSON.stringify(labels)}`);
  return name;
}

/** The octets of an address, in network order. */
export function octetsOf({ family, value }: WorldAddress): Uint8Array {
  const octets = family === 4 ? 4 : 16;
  return Uint8Array.from({ length: octets }, (_, at) => Number((value >> BigInt(8 * (octets - 1 - at))) & 0xffn));
}

/** The world compiled; ids are `source-0`, `policy-0`, `group-0` and so on. */
export function compileWorld(world: World): Image {
  const compiler = new Compiler(SEED);
  for (const [index, rules] of world.sources.entries()) {
    const id = `source-${index}`;
    const sink = compiler.sink(compiler.source({ id, kind: 'list', title: id, file: `${id}.txt` }));
    for (const [at, rule] of rules.entries()) {
      sink.rule(wireOf(rule.labels), rule.match, rule.action, rule.facet, at + 1);
    }
    for (const [at, { action, facet, length, ...address }] of (world.addresses?.[index] ?? []).entries()) {
      const { family } = address;
      sink.prefix({ family, address: octetsOf(address), length }, action, facet, rules.length + at + 1);
    }
  }
  for (const { labels, code } of world.specials) compiler.special(wireOf(labels), code);
  for (const { labels, zone } of world.forwards) compiler.forward(wireOf(labels), zone, labels.join('.'));
  for (const domain of world.searches ?? []) compiler.search(wireOf(domain));
  for (const [index, policy] of world.policies.entries()) {
    const structured = { ede: 15, full: `{"j":"policy-${index}","l":"en"}`, short: '{"s":5}' };
    const answer = { kind: ANSWER.NXDOMAIN, ttl: 60, ede: 15, text: `policy-${index}`, structured };
    compiler.policy({ ...policy, id: `policy-${index}`, title: {}, authority: 'nobody', contact: '', answer });
  }
  const devices = Array.from({ length: world.devices ?? 0 }, (_, number) => ({ id: deviceId(number), mac: null }));
  compiler.devices(devices, { mac: [], id: (world.naming ?? []).map(prefixInput) });
  for (const [index, { prefixes = [], forwarders = [], ...group }] of world.groups.entries()) {
    const places = { prefixes: prefixes.map(prefixInput), forwarders: forwarders.map(prefixInput) };
    compiler.group({ ...group, ...places, id: `group-${index}`, any: index === 0 });
  }
  for (const [index, { prefixes, ...exception }] of (world.exceptions ?? []).entries()) {
    compiler.exception({ ...exception, id: `exception-${index}`, prefixes: prefixes.map(prefixInput), sealed: false });
  }
  return new Image(compiler.finish(1));
}

function prefixInput({ address, length }: WorldPrefix): PrefixInput {
  return { family: 4, address: Uint8Array.from([24, 16, 8, 0], (shift) => (address >>> shift) & 255), length };
}

function deviceId(number: number): string {
  return `device-${number}`;
}

/** The device that a client names, as the image numbers it, where it is believed. */
function findNamed(image: Image, client: number, device: number): number {
  if (device < 0 || image.deviceCount === 0 || namingOf4(image, client) === 0) return NO_DEVICE;
  const octets = new TextEncoder().encode(deviceId(device));
  return findDevice(image, NAMED_BY.ID, octets, 0, octets.length);
}

export function compiledSubject(world: World): PolicySubject {
  const image = compileWorld(world);
  const path = new Path();
  const verdict = new Verdict();
  const judge = (group: number, labels: Labels, seconds: number): Outcome & { group: number } => {
    const decision = decide(image, group, readLabels(labels), seconds, path, verdict);
    const { policy, source, line, ruled, exception } = verdict;
    return { decision, policy, source, line, ruled, exception, group: verdict.group };
  };
  return {
    decide(group, labels, seconds) {
      const { group: _, ...outcome } = judge(group, labels, seconds);
      return outcome;
    },
    decideFor(listener, client, labels, seconds, device = NO_DEVICE) {
      return judge(findGroup4(image, listener, client, findNamed(image, client, device)), labels, seconds);
    },
    find(labels) {
      match(image, readLabels(labels), path);
      return { special: path.special, forward: path.forward };
    },
  };
}

export function naiveSubject(world: World): PolicySubject {
  return {
    decide: (group, labels, seconds) => decideNaively(world, group, labels, seconds),
    decideFor(listener, client, labels, seconds, device) {
      const { group, exceptions } = clientNaively(world, listener, client, device);
      return { ...decideNaively(world, group, labels, seconds, exceptions), group };
    },
    find: (labels) => findNaively(world, labels),
  };
}

/** A world of one group and one policy that blocks all of what `sources` hold, to start from. */
export function worldOf(sources: World['sources'], changes: Partial<World> = {}): World {
  const selections = sources.map((_, source) => ({ source, facets: 0xff }));
  return {
    sources,
    policies: [{ effective: null, expires: null, onExpiry: MODE.BLOCK, selections }],
    groups: [{ modes: [MODE.BLOCK], allow: [] }],
    specials: [],
    forwards: [],
    ...changes,
  };
}
