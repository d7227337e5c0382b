// The tests' own reader: agrees with the tests' own writer, reads what others wrote, and survives any octets.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadPacketCases } from '../packets/load.ts';
import { nameText, optRecords, readMessage, readOptions, sameName } from './read-message.ts';
import { ascii, concat, opt, option, wireName, writeMessage } from './write-message.ts';

const label = fc.stringMatching(/^[a-z0-9_-]{1,20}$/);
const name = fc.array(label, { minLength: 1, maxLength: 6 }).map((labels) => labels.join('.'));

describe('readMessage', () => {
  test('reads what writeMessage wrote', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), name, fc.nat(0xffffffff), (id, owner, ttl) => {
        const record = { name: owner, type: 1, ttl, rdata: Uint8Array.of(192, 0, 2, 1) };
        const question = { name: owner, type: 1 };
        const bytes = writeMessage({ id, flags: 0x8180, question, answers: [record], additional: [opt()] });
        const message = readMessage(bytes);
        if (typeof message === 'string') throw new Error(message);
        expect(message).toMatchObject({ id, end: bytes.length, rcode: 0 });
        expect(message.records[0]).toMatchObject({ section: 'answer', ttl, rdata: record.rdata });
        expect(nameText(message.questions[0]!.name)).toBe(owner);
      }),
    );
  });

  test('reads a query that another program wrote', () => {
    const { writes } = loadPacketCases().find(({ id }) => id === 'H229')!;
    const message = readMessage(writes[0]!);
    if (typeof message === 'string') throw new Error(message);
    expect(message).toMatchObject({ id: 0x40d9, flags: 0x0100, opcode: 0, rcode: 0, end: writes[0]!.length });
    expect(message.records.map(({ name, type, class: size }) => [nameText(name), type, size])).toEqual([
      ['www.example.com', 1, 1],
      ['.', 41, 1232],
    ]);
  });

  test('answers any octets with a message or a reason, never past the end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const message = readMessage(bytes);
        if (typeof message === 'string') expect(message.length).toBeGreaterThan(0);
        else expect(message.end).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });

  const question = { name: 'www.example.com', type: 1 };
  const alias = (rdata: Uint8Array) =>
    writeMessage({ id: 1, flags: 0x8180, question, answers: [{ name: 'x', type: 5, rdata }] });
  test.each([
    ['shorter than a header', new Uint8Array(11)],
    ['name cut short', writeMessage({ id: 1, flags: 0, question }).subarray(0, 20)],
    ['question cut short', writeMessage({ id: 1, flags: 0, question }).subarray(0, 31)],
    ['pointer to no prior name', alias(Uint8Array.of(0xc0, 0x30))],
    ['pointer to no prior name', alias(Uint8Array.of(0xc0, 0x02))],
    ['label type', alias(Uint8Array.of(0x41, 0))],
    ['name does not fill its rdata', alias(concat(wireName('a'), ascii('z')))],
    ['name over 255 octets', alias(wireName(`${'x'.repeat(63)}.`.repeat(4)))],
    ['answer record cut short', writeMessage({ id: 1, flags: 0x8180, question, claimedAnswers: 1 }).subarray(0, 33)],
  ])('says "%s"', (reason, bytes) => {
    expect(readMessage(bytes)).toBe(reason === 'answer record cut short' ? 'name cut short' : reason);
  });
});

describe('the parts of a message', () => {
  test('options, or null where a length does not fit', () => {
    const options = concat(option(10, ascii('12345678')), option(65001, new Uint8Array()));
    const message = readMessage(
      writeMessage({ id: 1, flags: 0, additional: [opt(options), opt(Uint8Array.of(0, 1, 0))] }),
    );
    if (typeof message === 'string') throw new Error(message);
    const [good, bad] = optRecords(message);
    expect(readOptions(good!)!.map(({ code, data }) => [code, data.length])).toEqual([
      [10, 8],
      [65001, 0],
    ]);
    expect(readOptions(bad!)).toBeNull();
  });

  test('names are compared with ASCII case folded and shown with odd octets escaped', () => {
    expect(sameName(wireName('wWw.Example'), wireName('www.eXample'))).toBe(true);
    expect(sameName(wireName('www.example'), wireName('www.exampl'))).toBe(false);
    expect(nameText(concat(Uint8Array.of(4), ascii('A.\0\xff'), wireName('com')))).toBe('a\\046\\000\\255.com');
    expect(nameText(wireName(''))).toBe('.');
  });
});
