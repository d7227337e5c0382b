// Devices that a forwarder may name: found by MAC and id and by nothing like them, named from where it is allowed.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Compiler } from '../../src/policy/compile.ts';
import type { DeviceInput, GroupInput, NamingInput, PrefixInput } from '../../src/policy/compile-input.ts';
import { copyDevices, deviceId, deviceMac, findDevice, NAMED_BY } from '../../src/policy/devices.ts';
import { findGroup4, findGroup6, namingOf4, namingOf6 } from '../../src/policy/groups.ts';
import { Image, NO_DEVICE } from '../../src/policy/image.ts';
import { prefix } from '../support/policy-image.ts';

const octetsOf = (text: string) => new TextEncoder().encode(text);
const mac = (...octets: number[]) => Uint8Array.from(octets);
const ANYONE: NamingInput = { mac: [prefix('0.0.0.0/0')], id: [prefix('0.0.0.0/0')] };
const group = (id: string, changes: Partial<GroupInput> = {}): GroupInput => {
  return { id, any: false, prefixes: [], modes: [], allow: [], ...changes };
};

function compile(devices: DeviceInput[], naming = ANYONE, groups: GroupInput[] = [], seed = 7): Image {
  const compiler = new Compiler(seed);
  compiler.devices(devices, naming);
  for (const one of groups) compiler.group(one);
  return new Image(compiler.finish(1));
}

function find(image: Image, kind: number, octets: Uint8Array): number {
  // Among others, as an option stands in a message.
  return findDevice(image, kind, Uint8Array.from([9, 9, 9, ...octets, 9]), 3, octets.length);
}

test('each device is found by its id and its MAC, and by no other', () => {
  const id = fc.string({ minLength: 1, maxLength: 63, unit: fc.constantFrom('a', 'b', '-', '0') });
  const address = fc.option(fc.uint8Array({ minLength: 6, maxLength: 6, max: 2 }), { nil: null });
  const devices = fc.uniqueArray(fc.record({ id, mac: address }), { maxLength: 40, selector: (device) => device.id });
  const asked = fc.array(fc.oneof(id.map(octetsOf), fc.uint8Array({ minLength: 6, maxLength: 6, max: 2 })));
  fc.assert(
    fc.property(devices, asked, fc.integer(), (all, more, seed) => {
      const macs = new Set<string>();
      // As a registry has it: a MAC is of one device.
      const registry = all.map((device) => {
        const isFirst = !macs.has(String(device.mac));
        macs.add(String(device.mac));
        return isFirst ? device : { ...device, mac: null };
      });
      const image = compile(registry, ANYONE, [], seed);
      const known = registry.flatMap((device) => [octetsOf(device.id), ...(device.mac ? [device.mac] : [])]);
      for (const octets of [...known, ...more]) {
        const byId = registry.findIndex((device) => device.id === Buffer.from(octets).toString('latin1'));
        const byMac = registry.findIndex((device) => device.mac !== null && String(device.mac) === String(octets));
        expect([find(image, NAMED_BY.ID, octets), find(image, NAMED_BY.MAC, octets)]).toEqual([byId, byMac]);
      }
    }),
  );
});

test('a MAC is no id, though its octets are', () => {
  const image = compile([
    { id: 'abcdef', mac: null },
    { id: 'other', mac: octetsOf('ghijkl') },
  ]);
  expect(find(image, NAMED_BY.MAC, octetsOf('abcdef'))).toBe(NO_DEVICE);
  expect(find(image, NAMED_BY.ID, octetsOf('ghijkl'))).toBe(NO_DEVICE);
  expect(find(image, NAMED_BY.ID, octetsOf('abcde'))).toBe(NO_DEVICE);
  expect(find(image, NAMED_BY.ID, new Uint8Array(0))).toBe(NO_DEVICE);
  // A device without one has not the MAC of zeros.
  expect(find(image, NAMED_BY.MAC, mac(0, 0, 0, 0, 0, 0))).toBe(NO_DEVICE);
});

test('what people are told of a device outlives its image', () => {
  const texts = copyDevices(
    compile([
      { id: 'a', mac: null },
      { id: 'laptop-1', mac: mac(0, 0, 0x5e, 0, 0x53, 0xff) },
    ]),
  );
  expect([0, 1].map((device) => [deviceId(texts, device), deviceMac(texts, device)])).toEqual([
    ['a', ''],
    ['laptop-1', '00-00-5E-00-53-FF'],
  ]);
});

describe('who may name devices', () => {
  const ipv6 = (text: string, length: number): PrefixInput => {
    return { family: 6, address: Uint8Array.from(Buffer.from(text.padEnd(32, '0'), 'hex')), length };
  };
  const [MAC, ID] = [1 << NAMED_BY.MAC, 1 << NAMED_BY.ID];

  test('is known by both families, for each way of naming', () => {
    const naming = {
      mac: [prefix('10.0.0.2'), prefix('10.1.0.0/16'), ipv6('20010db8', 32)],
      id: [prefix('10.1.2.0/24'), prefix('255.255.255.255'), ipv6('20010db8000000000000000000000005', 128)],
    };
    const image = compile([{ id: 'a', mac: null }], naming);
    const ways = [0x0a000001, 0x0a000002, 0x0a000003, 0x0a010000, 0x0a010200, 0x0a0103ff, 0x0a020000, 0xffffffff];
    expect(ways.map((address) => namingOf4(image, address))).toEqual([0, MAC, 0, MAC, MAC | ID, MAC, 0, ID]);
    expect([4, 5, 6].map((host) => namingOf6(image, 0x20010db8, 0, 0, host))).toEqual([MAC, MAC | ID, MAC]);
    expect(namingOf6(image, 0x20010db9, 0, 0, 5)).toBe(0);
  });

  test('costs no tables where nobody is', () => {
    const image = compile([]);
    expect([image.deviceCount, image.deviceSlots.length, image.tableStarts4.length]).toEqual([0, 0, 2]);
  });

  test('gets tables of few ranges, however many addresses groups have', () => {
    const many = Array.from({ length: 1000 }, (_, host) => prefix(`10.1.${host >> 8}.${host & 255}`));
    const named = { devices: [0], forwarders: [prefix('10.9.0.2')] };
    const groups = [
      group('some', { prefixes: many.filter((_, host) => host % 2 === 0), ...named }),
      group('others', { prefixes: many.filter((_, host) => host % 2 === 1) }),
    ];
    const image = compile([{ id: 'a', mac: null }], { mac: [], id: [prefix('10.9.0.0/24')] }, groups);
    const ranges = Array.from(image.tableStarts4, (start, table) => (image.tableStarts4[table + 1] ?? start) - start);
    expect(ranges.slice(0, 3)).toEqual([1002, 3, 3]);
    expect(findGroup4(image, 0, 0x0a090002, 0)).toBe(0);
  });

  test('of IPv6 names devices too', () => {
    const forwarder = ipv6('20010db8000000000000000000000005', 128);
    const groups = [group('a', { devices: [0], forwarders: [forwarder] }), group('b', { prefixes: [ipv6('20', 8)] })];
    const image = compile([{ id: 'a', mac: null }], { mac: [], id: [forwarder] }, groups);
    expect(findGroup6(image, 0, 0x20010db8, 0, 0, 5, 0)).toBe(0);
    expect(findGroup6(image, 0, 0x20010db8, 0, 0, 5)).toBe(1);
  });
});

test('devices alike share their tables', () => {
  const devices = Array.from({ length: 50 }, (_, number) => ({ id: `d${number}`, mac: null }));
  const groups = [0, 1].map((half) => {
    return group(`g${half}`, {
      devices: devices.flatMap((_, at) => (at % 2 === half ? [at] : [])),
      forwarders: ANYONE.id,
    });
  });
  const image = compile(devices, ANYONE, groups);
  expect(new Set(image.deviceTables).size).toBe(2);
  expect(devices.map((_, device) => findGroup4(image, 0, 1, device))).toEqual(devices.map((_, device) => device % 2));
});

describe('is refused', () => {
  const twice = { id: 'a', mac: mac(1, 2, 3, 4, 5, 6) };
  const meaning = (id: string, changes: Partial<GroupInput> = {}) => {
    return group(id, { devices: [0], forwarders: [prefix('10.0.0.0/24')], ...changes });
  };
  test.each<[string, DeviceInput[], GroupInput[], string]>([
    ['an id twice', [{ id: 'a', mac: null }, twice], [], 'devices a and a are called alike'],
    ['a MAC twice', [twice, { ...twice, id: 'b' }], [], 'devices a and b are called alike'],
    ['a device that is none', [twice], [group('g', { devices: [1] })], 'g: there is no device 1'],
    [
      'one that two groups mean in one place',
      [twice],
      [meaning('g'), meaning('h', { forwarders: [prefix('10.0.0.128/25')] })],
      'groups g and h both mean a device that one forwarder names',
    ],
    [
      'by one listener',
      [twice],
      [meaning('g', { listeners: [1, 2] }), meaning('h', { listeners: [2] })],
      'groups g and h both mean',
    ],
  ])('%s', (_, devices, groups, message) => {
    expect(() => compile(devices, ANYONE, groups)).toThrow(message);
  });

  test('not one that they mean in two places, or by two listeners', () => {
    const groups = [
      meaning('g'),
      meaning('h', { forwarders: [prefix('10.0.1.0/24')] }),
      meaning('i', { listeners: [0] }),
      meaning('j', { listeners: [1] }),
    ];
    const image = compile([twice], ANYONE, groups);
    const asked = [0x0a000001, 0x0a000101].flatMap((address) =>
      [0, 1, 2].map((on) => findGroup4(image, on, address, 0)),
    );
    expect(asked).toEqual([2, 3, 0, 1, 1, 1]);
  });
});
