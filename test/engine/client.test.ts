// A client's fields, and that a flat table keeps every one of them.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLIENT_WORDS, Client, TRANSPORT } from '../../src/engine/client.ts';

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const FIELDS = [
  'family',
  'a',
  'b',
  'c',
  'd',
  'port',
  'scope',
  'listener',
  'l0',
  'l1',
  'l2',
  'l3',
  'interface',
] as const;

describe('Client', () => {
  it('keeps each field apart from the others, also in a table', () => {
    const values = fc.record({
      words: fc.array(word, { minLength: FIELDS.length, maxLength: FIELDS.length }),
      connection: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
      hasLocal: fc.boolean(),
      transport: fc.constantFrom(TRANSPORT.UDP, TRANSPORT.TCP),
    });
    fc.assert(
      fc.property(values, fc.nat(5), ({ words, connection, hasLocal, transport }, place) => {
        const client = new Client();
        FIELDS.forEach((field, at) => {
          client[field] = words[at]!;
        });
        Object.assign(client, { connection, hasLocal, transport });
        const table = new Uint32Array(CLIENT_WORDS * 8);
        client.save(table, place * CLIENT_WORDS);
        const again = new Client();
        again.restore(table, place * CLIENT_WORDS);
        expect(FIELDS.map((field) => again[field])).toEqual(words);
        expect(again).toMatchObject({ connection, hasLocal, transport });
      }),
    );
  });

  it.each([
    [[0, 0, 0xffff, 0x0a000001], 4, [0x0a000001, 0, 0, 0]],
    [[0, 0, 0xfffe, 0x0a000001], 6, [0, 0, 0xfffe, 0x0a000001]],
    [[0x20010db8, 0, 0xffff, 1], 6, [0x20010db8, 0, 0xffff, 1]],
    [[0, 0, 0, 1], 6, [0, 0, 0, 1]],
  ])('stores %j as family %i, %j', ([a, b, c, d], family, stored) => {
    const client = new Client();
    client.setAddress6(a!, b!, c!, d!);
    expect(client.family).toBe(family);
    expect([client.a, client.b, client.c, client.d]).toEqual(stored);
  });

  it('forgets the local address of the client before', () => {
    const client = new Client();
    client.hasLocal = true;
    client.setDatagram(53, 0, 2);
    expect(client).toMatchObject({ hasLocal: false, connection: -1, transport: TRANSPORT.UDP, listener: 2, port: 53 });
  });
});
