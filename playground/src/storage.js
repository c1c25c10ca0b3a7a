const PREFIX = 'graphiql:';
const CHOICE = `${PREFIX}shouldPersistHeaders`;
const HISTORY = [`${PREFIX}queries`, `${PREFIX}favorites`];

/** Whether the user chose, in the settings, that headers outlive a reload. */
export function keepsHeaders() {
  return localStorage.getItem(CHOICE) === 'true';
}

/**
 * The browser's storage, except that the history holds no headers unless the
 * user chose to keep them. GraphiQL applies that choice to its tabs alone: its
 * history would write every access token to the disk.
 */
export const storage = {
  getItem: (key) => localStorage.getItem(key),
  removeItem: (key) => localStorage.removeItem(key),

  setItem(key, value) {
    const secret = HISTORY.includes(key) && !keepsHeaders();
    localStorage.setItem(key, secret ? withoutHeaders(value) : value);
    if (key === CHOICE && !keepsHeaders()) forgetHeaders();
  },

  get length() {
    return ownKeys().length;
  },

  clear() {
    for (const key of ownKeys()) localStorage.removeItem(key);
  },
};

/** Other pages of the same server may store things too, and theirs are not ours to count or clear. */
function ownKeys() {
  return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
}

function withoutHeaders(history) {
  return JSON.stringify(JSON.parse(history), (key, value) => (key === 'headers' ? undefined : value));
}

/** A user who changes their mind expects what was kept to be gone. */
function forgetHeaders() {
  for (const key of HISTORY) {
    const history = localStorage.getItem(key);
    if (history) localStorage.setItem(key, withoutHeaders(history));
  }
}
