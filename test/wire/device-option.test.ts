// The options by which a forwarder names the device that asks: where they stand in a query, and what can be read of them.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OPTION } from '../../src/wire/codes.ts';
import { idSize, OPTION_HEADER, optionSize, readMac } from '../../src/wire/device-option.ts';
import { PARSE, parseQuery, Query, SAID_TWICE } from '../../src/wire/query.ts';
import { optionOf } from '../../src/wire/write-query.ts';
import { buildQuery, option } from '../support/query-builder.ts';

const MAC = [0x00, 0x00, 0x5e, 0x00, 0x53, 0xff];
const text = (value: string) => [...Buffer.from(value, 'latin1')];

/** Reads an option that stands in the middle of other octets. */
function macOf(code: number, data: readonly number[]): number[] | undefined {
  const octets = Uint8Array.from([9, 9, ...option(code, data), ...new Array(20).fill(9)]);
  const out = new Uint8Array(6);
  return readMac(octets, 2, out) ? [...out] : undefined;
}

describe('a MAC', () => {
  test.each<[string, number, number[], number[] | undefined]>([
    ['six octets', OPTION.MAC, MAC, MAC],
    ['five octets', OPTION.MAC, MAC.slice(1), undefined],
    ['eight octets, as InfiniBand has', OPTION.MAC, [...MAC, 1, 2], undefined],
    ['none', OPTION.MAC, [], undefined],
    ['text', OPTION.MAC_TEXT, text('00:00:5e:00:53:ff'), MAC],
    ['text in capitals', OPTION.MAC_TEXT, text('00:00:5E:00:53:FF'), MAC],
    ['text with hyphens', OPTION.MAC_TEXT, text('00-00-5e-00-53-ff'), undefined],
    ['text without colons', OPTION.MAC_TEXT, text('00005e0053ff'), undefined],
    ['text of no digits', OPTION.MAC_TEXT, text('00:00:5e:00:53:fg'), undefined],
    ['text with a digit too many', OPTION.MAC_TEXT, text('00:00:5e:00:53:fff'), undefined],
    ['text under the code of octets', OPTION.MAC, text('00:00:5e:00:53:ff'), undefined],
    ['base64', OPTION.MAC_TEXT, text('AABeAFP/'), MAC],
    ['base64 that is padded', OPTION.MAC_TEXT, text('AABeAF=='), undefined],
    ['base64 for addresses of the web', OPTION.MAC_TEXT, text('AABeAFP_'), undefined],
    ['base64 with something between its letters', OPTION.MAC_TEXT, text('AABe[FP/'), undefined],
    ['octets under the code of text', OPTION.MAC_TEXT, MAC, undefined],
    ['nothing under the code of text', OPTION.MAC_TEXT, [], undefined],
  ])('as %s', (_, code, data, expected) => {
    expect(macOf(code, data)).toEqual(expected);
  });

  test('is the same in each of its forms', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (octets) => {
        const mac = [...octets];
        const words = mac.map((octet) => octet.toString(16).padStart(2, '0')).join(':');
        expect(macOf(OPTION.MAC, mac)).toEqual(mac);
        expect(macOf(OPTION.MAC_TEXT, text(words))).toEqual(mac);
        expect(macOf(OPTION.MAC_TEXT, text(Buffer.from(octets).toString('base64')))).toEqual(mac);
      }),
    );
  });

  test('is never read out of what is none', () => {
    fc.assert(
      fc.property(fc.constantFrom(OPTION.MAC, OPTION.MAC_TEXT), fc.uint8Array({ maxLength: 40 }), (code, data) => {
        const words = Buffer.from(data).toString('latin1');
        const isMac =
          code === OPTION.MAC
            ? data.length === 6
            : /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(words) || /^[A-Za-z0-9+/]{8}$/.test(words);
        expect(macOf(code, [...data]) !== undefined).toBe(isMac);
      }),
    );
  });
});

test.each([
  [0, -1],
  [1, 1],
  [63, 63],
  [64, -1],
  [600, -1],
])('an id of %i octets has %i that count', (octets, size) => {
  expect(idSize(optionOf(OPTION.DEVICE_ID, new Uint8Array(octets)), 0)).toBe(size);
});

describe('in a query', () => {
  const cookie = option(10, [1, 2, 3, 4, 5, 6, 7, 8]);
  const mac = option(OPTION.MAC, MAC);
  const macText = option(OPTION.MAC_TEXT, text('AABeAFP/'));
  const id = option(OPTION.DEVICE_ID, text('laptop-1'));

  /** Of each option what stands where it is found, or the number that is found instead. */
  function found(options: number[]): { verdict: number; mac: unknown; id: unknown } {
    const message = buildQuery({ opt: { options } });
    const query = new Query(7);
    const verdict = parseQuery(message, message.length, query);
    const at = (place: number) =>
      place > 0 ? [...message.slice(place, place + OPTION_HEADER + optionSize(message, place))] : place;
    return { verdict, mac: at(query.macAt), id: at(query.idAt) };
  }

  test.each<[string, number[], unknown, unknown]>([
    ['none is found where none is', cookie, 0, 0],
    ['a MAC', [...cookie, ...mac], mac, 0],
    ['a MAC as text', macText, macText, 0],
    ['an id', [...id, ...cookie], 0, id],
    ['both', [...id, ...mac], mac, id],
    ['a MAC said twice is not to be believed', [...mac, ...mac], SAID_TWICE, 0],
    ['nor in two forms', [...mac, ...id, ...macText], SAID_TWICE, id],
    ['nor three times', [...mac, ...mac, ...mac], SAID_TWICE, 0],
    ['an id said twice', [...id, ...mac, ...id], mac, SAID_TWICE],
    ['their neighbours are not theirs', [...option(65000, MAC), ...option(65002, MAC), ...option(65075, MAC)], 0, 0],
    ['nor the last code there is', option(65535, MAC), 0, 0],
    ['one that is empty is there', option(OPTION.MAC), option(OPTION.MAC), 0],
  ])('%s', (_, options, macFound, idFound) => {
    expect(found(options)).toEqual({ verdict: PARSE.OK, mac: macFound, id: idFound });
  });

  test('one that goes beyond its OPT makes the query malformed', () => {
    expect(found([...id, ...mac.slice(0, -1)]).verdict).toBe(PARSE.MALFORMED);
  });

  test('those of the query before are forgotten', () => {
    const query = new Query(7);
    const named = buildQuery({ opt: { options: [...mac, ...id] } });
    parseQuery(named, named.length, query);
    expect([query.macAt > 0, query.idAt > 0]).toEqual([true, true]);
    for (const message of [buildQuery(), buildQuery({ flags: 0x8100 }), new Uint8Array(3)]) {
      query.macAt = 40;
      query.idAt = SAID_TWICE;
      parseQuery(message, message.length, query);
      expect([query.macAt, query.idAt]).toEqual([0, 0]);
    }
  });
});
