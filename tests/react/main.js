// One component of the vendor's React SDK, chosen by the hash: index.html#Payables.
// `window.referee` holds the URL, the entity and a token; drive.mjs puts it there.
import { MoniteSDK } from '@monite/sdk-api';
import * as sdk from '@monite/sdk-react';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';

const { apiUrl, entityId, token } = window.referee;
const monite = new MoniteSDK({
  apiUrl,
  entityId,
  fetchToken: async () => ({ access_token: token, token_type: 'Bearer', expires_in: 1800 }),
});
const shown = sdk[window.location.hash.slice(1)];
createRoot(document.getElementById('root')).render(
  createElement(sdk.MoniteProvider, { monite }, createElement(shown)),
);
