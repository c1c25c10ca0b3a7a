import './workers.js';
// Imported first and as a whole: GraphiQL would load the editor lazily, and its
// style sheets would then not end up in the one style sheet of the page, before
// GraphiQL's own rules. The page is of no use without the editor anyway.
import 'monaco-graphql/esm/monaco-editor.js';
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import 'graphiql/graphiql.css';
import './style.css';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { DEFAULT_QUERY } from './default-query.js';
import { fetchGraphQL } from './fetcher.js';
import { keepsHeaders, storage } from './storage.js';

/**
 * Headers, and with them the access token, are forgotten on reload unless the
 * user chose otherwise. The choice is read here, since GraphiQL takes a plain
 * `false` as the last word; and it is offered, since a `false` would hide it.
 */
function Playground() {
  return (
    <GraphiQL
      fetcher={fetchGraphQL}
      storage={storage}
      defaultQuery={DEFAULT_QUERY}
      defaultEditorToolsVisibility="headers"
      isHeadersEditorEnabled
      shouldPersistHeaders={keepsHeaders()}
      showPersistHeadersSettings
      inputValueDeprecation
    >
      <GraphiQL.Logo>Ordergraph</GraphiQL.Logo>
    </GraphiQL>
  );
}

createRoot(document.getElementById('playground')).render(<Playground />);
