// The page of /graphql. The access token is kept in the tab's sessionStorage, and so
// is what GraphiQL remembers: its queries may hold passwords.

import { GraphiQL } from 'graphiql';
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

const tokenKey = 'rosterd:token';

const firstQuery = `# Ctrl-Space completes, Ctrl-Enter runs.
{
  users(first: 10) {
    edges {
      node {
        id
        userName
        email
        presence { isConnected }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`;

// fetcherOf returns what sends GraphiQL's requests with a token. Its own fetcher is
// made anew with each token, so that GraphiQL reads the schema again.
function fetcherOf(token) {
  return async (params) => {
    if (!token) {
      return { errors: [{ message: 'Type an access token into the field above.' }] };
    }
    const answer = await fetch(location.pathname, {
      method: 'POST',
      headers: {
        'Accept': 'application/graphql-response+json, application/json',
        'Content-Type': 'application/json',
        'Authorization': `Bearer ${token}`,
      },
      body: JSON.stringify(params),
      credentials: 'omit',
      cache: 'no-store',
    });
    const body = await answer.text();
    try {
      return JSON.parse(body);
    } catch {
      throw new Error(`${answer.status} ${answer.statusText}: ${body}`);
    }
  };
}

const form = document.getElementById('access');
const field = document.getElementById('token');
const said = document.getElementById('said');

function Page() {
  const [fetcher, setFetcher] = useState(() => fetcherOf(sessionStorage.getItem(tokenKey)));
  useEffect(() => {
    const use = (event) => {
      event.preventDefault();
      const token = field.value.trim();
      if (token) {
        sessionStorage.setItem(tokenKey, token);
      } else {
        sessionStorage.removeItem(tokenKey);
      }
      said.value = token ? 'The token is used until the tab is closed.' : 'No token is used.';
      setFetcher(() => fetcherOf(token));
    };
    form.addEventListener('submit', use);
    return () => form.removeEventListener('submit', use);
  }, []);
  return <GraphiQL fetcher={fetcher} storage={sessionStorage} shouldPersistHeaders={false} isHeadersEditorEnabled={false} defaultQuery={firstQuery} />;
}

field.value = sessionStorage.getItem(tokenKey) ?? '';
createRoot(document.getElementById('graphiql')).render(<Page />);
