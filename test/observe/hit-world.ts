// Policy hits for tests of their log: written into a ring as a worker would, under a policy of known ids.

import { expect } from 'vitest';
import { Client, TRANSPORT } from '../../src/engine/client.ts';
import { Counters } from '../../src/engine/counters.ts';
import { EventReader } from '../../src/engine/event-reader.ts';
import { allocateEvents, NO_RCODE } from '../../src/engine/event-ring.ts';
import { EventWriter } from '../../src/engine/events.ts';
import { Moment } from '../../src/engine/moment.ts';
import { type HitEncoder, MAX_LINE } from '../../src/observe/hit-encoder.ts';
import type { HitLabels } from '../../src/observe/hit-labels.ts';
import { Verdict } from '../../src/policy/decide.ts';
import { NO_DEVICE } from '../../src/policy/image.ts';
import { DECISION, FACET_NONE, MATCH } from '../../src/policy/rule.ts';
import { TYPE } from '../../src/wire/codes.ts';
import { Name, readName } from '../../src/wire/name.ts';
import { wireFromText } from '../../src/wire/name-text.ts';
import { type PolicyPlan, policyImage } from '../support/policy-image.ts';

const SEED = 7;

/** One hit; what is left out is as in a block of `www.tiktok.com` over UDP. */
export interface HitPlan {
  name?: string | Uint8Array;
  alias?: string | Uint8Array | undefined;
  /** The 4 or 16 octets of an address that the verdict is on; `depth` is then the bits of its prefix. */
  address?: number[];
  depth?: number;
  type?: number;
  decision?: number;
  rcode?: number;
  /** An IPv4 address as a number, or the four words of an IPv6 one. */
  client?: number | [number, number, number, number] | undefined;
  /** Number of the device that it names: `laptop-0417`, with a MAC, and `site`, without. */
  device?: number;
  transport?: number;
  group?: number;
  ms?: number;
  line?: number;
  generation?: number;
  /** Of the image's exceptions, 1 being sealed; -1 where there is none. */
  exception?: number;
  /** Below 0: no rule decided, but the group's default. */
  source?: number;
}

function nameOf(name: string | Uint8Array): Name {
  const wire = typeof name === 'string' ? wireFromText(name)! : name;
  const read = new Name(SEED);
  if (readName(wire, 0, wire.length, read) < 0) throw new Error('no name');
  return read;
}

export class HitWorld {
  readonly buffer = allocateEvents(1);
  readonly counters = new Counters(Counters.allocate(1), 0);
  readonly reader = new EventReader(this.buffer, 0);
  readonly writer = new EventWriter(this.buffer, 0, this.counters);

  /** An image with policy `be-716` over list `blocked` and the groups `blocking`, which may have a default, and `observing`. */
  image(generation = 1, managed?: PolicyPlan['managed']): SharedArrayBuffer {
    const exceptions = ['x-2026-014', 'secret-case'].map((id, index) => {
      return { id, clients: ['10.0.0.1'], starts: 0, expires: 2_000_000_000, sealed: index === 1 };
    });
    const devices = [{ id: 'laptop-0417', mac: '00:00:5e:00:53:ab' }, { id: 'site' }];
    const named = { devices, idFrom: ['10.0.0.1'] };
    const plan = { seed: SEED, generation, blocked: ['tiktok.com'], observing: ['10.20.0.0/16'], exceptions, ...named };
    return policyImage({ ...plan, ...(managed && { managed }) });
  }

  hit(plan: HitPlan = {}): void {
    const client = new Client();
    const { client: address = 0x0a000001 } = plan;
    if (typeof address === 'number') client.setAddress4(address);
    else client.setAddress6(...address);
    client.transport = plan.transport ?? TRANSPORT.UDP;
    client.device = plan.device ?? NO_DEVICE;
    const verdict = new Verdict();
    const { group = 0, depth = 2, line = 1, decision = DECISION.BLOCK, exception = -1, source = 0 } = plan;
    Object.assign(verdict, {
      policy: 0,
      source,
      facet: FACET_NONE,
      match: plan.address ? MATCH.PREFIX : MATCH.SUFFIX,
      group,
      depth,
      line,
      exception,
    });
    verdict.decision = decision;
    const at = new Moment();
    at.ms = plan.ms ?? Date.UTC(2026, 10, 22, 8, 51, 14, 7);
    const alias = plan.alias === undefined ? undefined : nameOf(plan.alias);
    const octets = plan.address && { bytes: Uint8Array.from(plan.address), length: plan.address.length };
    const rcode = plan.rcode ?? (decision === DECISION.BLOCK ? 3 : NO_RCODE);
    const name = nameOf(plan.name ?? 'www.tiktok.com');
    this.writer.write(verdict, plan.generation ?? 1, name, plan.type ?? TYPE.A, octets ?? alias, client, rcode, at);
    this.writer.publish();
  }

  /** Brings the reader to the next hit. */
  next(): EventReader {
    this.reader.look();
    if (!this.reader.next()) throw new Error('no hit');
    return this.reader;
  }

  /** The line of a hit, with octets around it that must not change. */
  line(plan: HitPlan, encoder: HitEncoder, labels: HitLabels): string {
    this.hit(plan);
    const into = new Uint8Array(MAX_LINE + 2).fill(0xaa);
    const end = encoder.encode(this.next(), labels, into, 1);
    this.reader.release();
    expect([into[0], into[end]]).toEqual([0xaa, 0xaa]);
    return new TextDecoder().decode(into.subarray(1, end));
  }
}
