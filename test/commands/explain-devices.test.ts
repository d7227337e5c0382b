// sluis explain for a device that a forwarder names: its group, by whom it is there, and what cannot be asked.

import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/commands/command.ts';
import { explain } from '../../src/commands/explain.ts';
import { ANYWHERE } from '../support/serving.ts';
import { folderOf, surroundings } from '../support/surroundings.ts';

const folder = folderOf({
  'sluis.yaml': `${ANYWHERE.replace('["127.0.0.1:0"]', '["127.0.0.1:53", "127.0.0.2:53"]')}
devices: { file: devices.csv, mac_from: [10.30.0.2, "2001:db8::2"], id_from: [10.30.0.3] }
groups:
  - { id: service, match: { devices: { kind: service } }, modes: { be-716: block } }
  - { id: socket, match: { listeners: ["127.0.0.2:53"], devices: { ids: [site] } }, modes: { be-716: block } }
  - { id: office, match: { subnets: [10.30.0.0/24, "2001:db8::/64"] }, modes: { be-716: observe } }
exceptions:
  - { id: x-1, ground: inspection, policy: be-716, devices: [laptop-0420], owner: A, approver: B, reason: R, ticket: T, starts: 2026-01-01, expires: 2026-12-31 }
`,
  'devices.csv': `id,address,mac,purchase,subscription,use,work_apps
laptop-0417,10.40.0.7,00:00:5e:00:53:01,state,none,none,no
laptop-0420,,00:00:5e:00:53:02,state,none,none,no
phone,,00:00:5e:00:53:03,none,none,none,no
site,,,none,none,none,no
`,
});
afterAll(() => folder.remove());

async function print(...args: string[]): Promise<string> {
  const around = surroundings();
  const all = ['www.tiktok.com', '--at', '2026-06-01', '--config', folder.at('sluis.yaml'), ...args];
  expect(await explain.run(all, around), around.complained).toBe(0);
  return around.printed;
}

const NAMED_LAPTOP = ['--client', '10.30.0.2', '--device', 'laptop-0417'];

describe('a device', () => {
  it('is in the group that means it, and it is told who named it', async () => {
    const printed = await print(...NAMED_LAPTOP);
    expect(printed).toMatch(/^www\.tiktok\.com A, at \S+, asked by 10\.30\.0\.2 for device laptop-0417$/m);
    expect(printed).toMatch(/^group +service, by device laptop-0417, named by 10\.30\.0\.2$/m);
    expect(printed).toMatch(/^verdict +BLOCKED by be-716/m);
  });

  it.each([
    [
      'by its id',
      ['--client', '10.30.0.3', '--device', 'laptop-0417'],
      'service, by device laptop-0417, named by 10.30.0.3',
    ],
    [
      'over IPv6',
      ['--client', '2001:db8::2', '--device', 'laptop-0417'],
      'service, by device laptop-0417, named by 2001:db8::2',
    ],
    ['that no group means', ['--client', '10.30.0.2', '--device', 'phone'], 'office, by 10.30.0.0/24'],
    ['that its group means elsewhere', ['--client', '10.30.0.3', '--device', 'site'], 'office, by 10.30.0.0/24'],
    [
      'on the socket of its group',
      ['--client', '10.30.0.3', '--device', 'site', '--listener', '127.0.0.2:53'],
      'socket, by device site, named by 10.30.0.3 at 127.0.0.2:53',
    ],
    ['that asks by itself', ['--client', '10.40.0.7'], 'service, by 10.40.0.7/32'],
    ['of which nothing is said', ['--client', '10.30.0.2'], 'office, by 10.30.0.0/24'],
  ])('%s', async (_, args, group) => {
    expect(await print(...args)).toContain(`\ngroup     ${group}\n`);
  });

  it('has its exceptions', async () => {
    const printed = await print('--client', '10.30.0.2', '--device', 'laptop-0420');
    expect(printed).toMatch(/^excepted +x-1 from be-716, in force/m);
    expect(printed).toMatch(/^verdict +let past be-716 by x-1/m);
  });

  it('is there for programs', async () => {
    const result = JSON.parse(await print(...NAMED_LAPTOP, '--json'));
    expect(result).toMatchObject({ client: '10.30.0.2', device: 'laptop-0417' });
    expect(result.groups).toMatchObject([{ group: 'service', by: 'device laptop-0417, named by 10.30.0.2' }]);
    expect(JSON.parse(await print('--client', '10.30.0.2', '--json')).device).toBeNull();
  });
});

describe('is refused', () => {
  it.each([
    [['--device', 'laptop-0417'], 'a device is named by somebody: give the address of its forwarder as the client'],
    [
      ['--group', 'service', '--device', 'laptop-0417'],
      'a device is named by somebody: give the address of its forwarder as the client',
    ],
    [
      ['--client', '10.30.0.2', '--device', 'laptop-0418'],
      'nobody can name a device "laptop-0418": did you mean laptop-0417?',
    ],
    [
      ['--client', '10.30.0.9', '--device', 'laptop-0417'],
      'what 10.30.0.9 says of devices is not believed: name a forwarder of devices.mac_from or devices.id_from as the client',
    ],
    [
      ['--client', '10.30.0.2', '--device', 'site'],
      'what 10.30.0.2 says of devices is not believed but for MACs, and "site" has none: give it one in the registry',
    ],
  ])('%j', async (args, message) => {
    await expect(print(...args)).rejects.toThrow(new UsageError(message));
  });
});
