// What this tab remembers: the conversation's id and its turns, gone when the tab is closed.
// A phone drops a page from memory while its camera is open; without this the resident would lose the receipt.

const ID = "minzheng.conversation";
const TURNS = "minzheng.turns";
const KEPT = 60;

/** A random UUID, also where the page is not served over https and crypto.randomUUID is missing. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function read(key) {
  try {
    return sessionStorage.getItem(key);
  } catch (blocked) {
    return null;
  }
}

function write(key, value) {
  try {
    sessionStorage.setItem(key, value);
  } catch (blockedOrFull) {
    // The conversation goes on; only a reload would lose it.
  }
}

/** The id of this tab's conversation, made on first use. */
export function conversation() {
  const known = read(ID);
  return known || renew();
}

/** Begin another conversation: a new id, no turns. */
export function renew() {
  const id = `web-${uuid()}`;
  write(ID, id);
  write(TURNS, "[]");
  return id;
}

/** Long numbers (identity card, phone, bank card) with their middle hidden. */
export function hideNumbers(text) {
  return text.replace(/[0-9０-９][0-9０-９ -]{8,}[0-9０-９Xx]/g, (run) => `${run.slice(0, 3)}****${run.slice(-2)}`);
}

/** Remember the turns. What was sent is kept with its long numbers hidden; what was not must stay resendable. */
export function keep(turns) {
  const rows = turns.slice(-KEPT).map(({ id, text, shown, place, photo, file, lostPhoto, state, replies }) => {
    if (state === "sent") return { id, shown: hideNumbers(shown), state, replies };
    return { id, text, shown, place, photo, state, replies, lostPhoto: lostPhoto || Boolean(file && !photo) };
  });
  write(TURNS, JSON.stringify(rows));
}

/** The remembered turns; one that was on its way when the page closed counts as not sent. */
export function recall() {
  try {
    const rows = JSON.parse(read(TURNS) || "[]");
    return rows.map((row) => ({ ...row, state: row.state === "sent" ? "sent" : "failed" }));
  } catch (damaged) {
    return [];
  }
}
