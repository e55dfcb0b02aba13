/** @module NO_PROXY as curl reads it. */
import { expect, it } from 'vitest';
import { findCatchingProxies } from './proxies.ts';

const HTTPS_PROXY = 'http://proxy.example:3128';

it.each<[string, string, string]>([
  ['', 'localhost', 'HTTPS_PROXY'],
  ['example.com', 'localhost', 'HTTPS_PROXY'],
  ['localhost', 'localhost', ''],
  ['*', 'app.test', ''],
  ['.test', 'app.test', ''],
  ['test', 'app.test', ''],
  ['est', 'app.test', 'HTTPS_PROXY'],
  ['LOCALHOST:8443,x', 'localhost', ''],
  ['127.0.0.0/8', '127.0.0.1', ''],
  ['[::1]', '::1', ''],
  ['::1', '::1', ''],
])('NO_PROXY=%s and %s: %s', (NO_PROXY, host, caught) => {
  expect(findCatchingProxies({ HTTPS_PROXY, NO_PROXY }, host).join()).toBe(caught);
});

it('no proxy catches nothing; http_proxy is for plain HTTP', () => {
  expect(findCatchingProxies({ http_proxy: HTTPS_PROXY, HTTPS_PROXY: '' }, 'localhost')).toEqual([]);
  expect(findCatchingProxies({ ALL_PROXY: HTTPS_PROXY }, 'localhost')).toEqual(['ALL_PROXY']);
});
