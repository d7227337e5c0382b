// How a client stands in the log of hits: as an address, a device or a pseudonym of either, or not at all.

import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ClientNames } from '../../src/observe/client-names.ts';
import { EcsEncoder } from '../../src/observe/hit-encoder.ts';
import { HitLabels } from '../../src/observe/hit-labels.ts';
import { policyImage } from '../support/policy-image.ts';
import { type HitPlan, HitWorld } from './hit-world.ts';

const KEY = Uint8Array.from({ length: 32 }, (_, at) => at);
const pseudonym = (...octets: number[]) =>
  createHmac('sha256', KEY).update(Uint8Array.from(octets)).digest('hex').slice(0, 16);

const world = new HitWorld();
const labels = new HitLabels(world.image());

function lineOf(plan: HitPlan, encoder = new EcsEncoder(new ClientNames('pseudonym', KEY)), of = labels): string {
  return world.line(plan, encoder, of);
}

describe('clients', () => {
  const clientOf = (kind: 'pseudonym' | 'plain' | 'none', client?: HitPlan['client'], key = KEY) =>
    JSON.parse(lineOf({ client }, new EcsEncoder(new ClientNames(kind, key)))).client;

  it('are named by address where that is wanted', () => {
    expect(clientOf('plain')).toEqual({ address: '10.0.0.1', ip: '10.0.0.1' });
    expect(clientOf('plain', [0x20010db8, 0, 0, 1])).toEqual({ address: '2001:db8::1', ip: '2001:db8::1' });
    expect(clientOf('plain', 0xfffefdfc)).toEqual({ address: '255.254.253.252', ip: '255.254.253.252' });
  });

  it('are not named where that is wanted', () => expect(clientOf('none')).toBeUndefined());

  it('have one pseudonym under one key, another under another, and never the address', () => {
    const first = clientOf('pseudonym').address;
    expect(clientOf('pseudonym').address).toBe(first);
    expect(clientOf('pseudonym', 0x0a000002).address).not.toBe(first);
    expect(clientOf('pseudonym', undefined, new Uint8Array(32)).address).not.toBe(first);
    expect(lineOf({})).not.toContain('10.0.0.1');
  });
});

describe('a device that a forwarder named', () => {
  const of = (kind: 'pseudonym' | 'plain' | 'none', plan: HitPlan, from = labels) => {
    const { client, device } = JSON.parse(lineOf(plan, new EcsEncoder(new ClientNames(kind, KEY)), from));
    return { client, device };
  };

  it('is named by its id, and its MAC beside it, where that is wanted', () => {
    const client = { mac: '00-00-5E-00-53-AB' };
    expect(of('plain', { device: 0 })).toEqual({ client, device: { id: 'laptop-0417' } });
    expect(of('plain', { device: 1 })).toEqual({ client: undefined, device: { id: 'site' } });
    expect(of('none', { device: 0 })).toEqual({ client: undefined, device: undefined });
  });

  it('has a pseudonym, the same whichever forwarder names it, and no other word of it is there', () => {
    const id = pseudonym(...Buffer.from('device laptop-0417'));
    const [one, other] = [0x0a000001, 0x0a000002].map((client) => lineOf({ device: 0, client }));
    expect(JSON.parse(one)).toMatchObject({ device: { id } });
    expect(other).toBe(one);
    for (const word of ['laptop', '"mac"', '53-AB', '10.0.0', '"client"']) expect(one).not.toContain(word);
  });

  it('is not taken for the address that its id would be', () => {
    const devices = [{ id: 'aaaa' }, { id: 'b' }];
    const image = policyImage({ seed: 7, blocked: ['tiktok.com'], devices, idFrom: ['10.0.0.1'] });
    const found = of('pseudonym', { device: 0 }, new HitLabels(image));
    expect(found.device.id).not.toBe(of('pseudonym', { client: 0x61616161 }).client.address);
  });

  it('is that of the generation that decided, as other devices take its number', () => {
    const devices = [{ id: 'tablet' }, { id: 'laptop-0417', mac: '00:00:5e:00:53:ac' }];
    const image = policyImage({ seed: 7, generation: 2, blocked: ['tiktok.com'], devices, idFrom: ['10.0.0.1'] });
    const next = new HitLabels(image);
    expect(of('plain', { device: 0 }, next)).toEqual({ client: undefined, device: { id: 'tablet' } });
    expect(of('plain', { device: 1 }, next)).toEqual({
      client: { mac: '00-00-5E-00-53-AC' },
      device: { id: 'laptop-0417' },
    });
    expect(of('pseudonym', { device: 1 }, next)).toEqual(of('pseudonym', { device: 0 }));
  });
});
