'use strict';

/** Makes a client of QA Sphere for the key of a user, such as tenantId.keyId.keyToken. */
exports.client = function client({ url = process.env.QAS_URL, token = process.env.QAS_TOKEN } = {}) {
  if (!token) throw new Error('no key: set QAS_TOKEN');
  if (token.split('.').length !== 3) throw new Error('a key has three parts');
  const headers = { Authorization: `Bearer ${token}` };
  return { projects: () => fetch(new URL('/api/public/v0/project', url), { headers }) };
};
