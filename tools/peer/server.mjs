// The token endpoint of node-oidc-provider on 127.0.0.1. usage: node server.mjs PORT
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const port = Number(process.argv[2] ?? 9090);
const scope = 'accountinformation private';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

const resource = {
  scope,
  audience: 'https://api.example',
  accessTokenFormat: 'jwt',
  accessTokenTTL: 3600,
  jwt: { sign: { alg: 'RS256' } },
};

const provider = new Provider(`http://127.0.0.1:${port}`, {
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig', kid: 'peer' }] },
  scopes: scope.split(' '),
  clients: [{
    client_id: 'peer',
    client_secret: 'a-secret-of-a-peer-that-runs-on-this-machine-alone',
    token_endpoint_auth_method: 'client_secret_post',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    scope,
  }],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource.audience,
      getResourceServerInfo: () => resource,
    },
  },
});

provider.listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/token, process ${process.pid}`));
