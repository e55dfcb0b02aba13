/** @module Lines for a Dockerfile: public roots only, whatever their path. */
import { expect, it } from 'vitest';
import { DOCKER_VARIABLES, formatDockerfile } from './docker.ts';

const text = formatDockerfile(
  [{ caName: 'default', rootFile: "/home/u/it's, here/root.pem" }],
  '/home/u/a,"b/bundle.pem',
);

it('copies each root and updates the list', () => {
  expect(text).toContain(`#   cp '/home/u/it'\\''s, here/root.pem' mintmark-default.crt\n`);
  expect(text).toMatch(/^COPY mintmark-default\.crt \/usr\/local\/share\/ca-certificates\/$/m);
  expect(text).toMatch(/^RUN update-ca-certificates$/m);
  for (const [name, value] of Object.entries(DOCKER_VARIABLES)) expect(text).toContain(`${name}=${value}`);
});

it('mounts a bundle whose path holds commas and quotes', () => {
  expect(text).toContain(
    `--mount 'type=bind,"source=/home/u/a,""b/bundle.pem",target=/etc/mintmark/bundle.pem,readonly'`,
  );
});

it('says nothing of keys', () => {
  expect(text).not.toMatch(/-key/);
});
