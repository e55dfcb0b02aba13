/** @module IP addresses in every spelling people and programs use, and blocks in CIDR form. */
import { describe, expect, it } from 'vitest';
import { formatIpAddress, isInRange, isIpAddressLike, parseIpAddress, parseIpRange } from './ip-address.ts';

describe('parseIpAddress', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['127.1', '127.0.0.1'],
    ['10.1.256', '10.1.1.0'],
    ['0x7f.0.0.1', '127.0.0.1'],
    ['0x7f000001', '127.0.0.1'],
    ['1.16777215', '1.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['[::1]', '::1'],
    ['1::', '1::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:DB8::0001', '2001:db8::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::ffff:10.0.0.1', '::ffff:a00:1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['fe80::a', 'fe80::a'],
  ])('reads %s as %s', (text, canonical) => {
    const { bytes, text: written } = parseIpAddress(text);
    expect(written).toBe(canonical);
    expect(formatIpAddress(bytes)).toBe(canonical);
  });

  it.each([
    ['256.0.0.1', 'IP_ADDRESS_INVALID', /127\.0\.0\.1/],
    ['1.16777216', 'IP_ADDRESS_INVALID', /127\.0\.0\.1/],
    ['1.2.3.4.5', 'IP_ADDRESS_INVALID', /127\.0\.0\.1/],
    ['[127.0.0.1]', 'IP_ADDRESS_INVALID', /127\.0\.0\.1/],
    ['1::2::3', 'IP_ADDRESS_INVALID', /::1/],
    ['1:2:3:4:5:6:7', 'IP_ADDRESS_INVALID', /::1/],
    ['1:2:3:4:5:6:7:8:9', 'IP_ADDRESS_INVALID', /::1/],
    ['1:2:3:4:5:6:7:8::', 'IP_ADDRESS_INVALID', /::1/],
    ['12345::', 'IP_ADDRESS_INVALID', /::1/],
    [':::', 'IP_ADDRESS_INVALID', /::1/],
    ['::1.2.3', 'IP_ADDRESS_INVALID', /::1/],
    ['::1.2.3.04', 'IP_ADDRESS_INVALID', /::1/],
    ['1.2.3.4::', 'IP_ADDRESS_INVALID', /::1/],
    ['[::1', 'IP_ADDRESS_INVALID', /::1/],
    ['010.0.0.1', 'IP_ADDRESS_LEADING_ZERO', /without leading zeros/],
    ['fe80::1%eth0', 'IP_ADDRESS_ZONE', /^drop the zone: mintmark fe80::1$/],
    ['[fe80::1%25eth0]', 'IP_ADDRESS_ZONE', /mintmark fe80::1$/],
    ['10.0.0.0/8', 'IP_ADDRESS_RANGE', /mintmark 10\.0\.0\.0$/],
    ['::1/128', 'IP_ADDRESS_RANGE', /mintmark ::1$/],
  ])('refuses %s as %s and says what to do', (text, code, hint) => {
    expect(() => parseIpAddress(text)).toThrow(
      expect.objectContaining({ code, hint: expect.stringMatching(hint) as string }),
    );
  });
});

describe('isIpAddressLike', () => {
  it.each(['127.0.0.1', '1.2', '::1', '[x', 'fe80::1%eth0', '10.0.0.0/8', '999.1.1.1', '0x7f000001', '1:2:3'])(
    'takes %s for an address',
    (text) => expect(isIpAddressLike(text)).toBe(true),
  );

  it.each(['localhost', 'a.b', 'localhost:80', '1', '1.2.3.4.5', 'dead.beef', 'app.test/8', 'abc:1'])(
    'takes %s for a name',
    (text) => expect(isIpAddressLike(text)).toBe(false),
  );
});

describe('blocks', () => {
  it.each([
    ['10.0.0.0/8', '10.255.1.2', '11.0.0.0'],
    ['10.9.8.7/8', '10.0.0.1', '9.255.255.255'],
    ['172.16.0.0/12', '172.31.255.255', '172.32.0.0'],
    ['100.64.0.0/10', '100.127.255.255', '100.128.0.0'],
    ['::1/128', '::1', '::2'],
    ['fc00::/7', 'fdff::1', 'fe00::'],
    ['fe80::/10', 'febf::1', 'fec0::'],
    ['192.0.2.1', '192.0.2.1', '192.0.2.2'],
    ['0.0.0.0/0', '255.0.0.1', '::'],
  ])('%s holds %s and not %s', (block, inside, outside) => {
    const range = parseIpRange(block);
    const holds = (text: string) => range !== undefined && isInRange(parseIpAddress(text).bytes, range);
    expect([holds(inside), holds(outside)]).toEqual([true, false]);
  });

  it('clears host bits in the text', () => {
    expect(parseIpRange('10.9.8.7/8')?.text).toBe('10.0.0.0/8');
  });

  it.each(['10.0.0.0/33', '::/129', '10.0/8', '010.0.0.0/8', 'x/8', '', '1.2.3.4/-1'])('%j is no block', (text) => {
    expect(parseIpRange(text)).toBeUndefined();
  });
});
