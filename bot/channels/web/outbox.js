// Sends turns one at a time, in order. A resend carries the id of the first try, so it is one message for the gateway.
// The gateway waits for Rasa up to twice 20 s; only after that does silence count as a failure.

const PATIENCE_MS = 60000;
const PHOTO_PATIENCE_MS = 120000;

/** The gateway answered, but not with a reply; `message` is its sentence for the resident, or empty. */
export class Refused extends Error {}

async function post(path, options, patience) {
  const clock = new AbortController();
  const timer = setTimeout(() => clock.abort(), patience);
  try {
    const response = await fetch(path, { method: "POST", signal: clock.signal, ...options });
    const body = await response.json().catch(() => null);
    if (!response.ok || body === null) {
      throw new Refused(body && typeof body.detail === "string" ? body.detail : "");
    }
    return body;
  } finally {
    clearTimeout(timer);
  }
}

async function upload(file) {
  const form = new FormData();
  form.append("file", file, "photo.jpg");
  const { ref } = await post("api/attachments", { body: form }, PHOTO_PATIENCE_MS);
  return ref;
}

async function deliver(turn, conversation) {
  if (turn.file && !turn.photo) turn.photo = await upload(turn.file);
  const message = { conversation, text: turn.text, message_id: turn.id, channel: "web" };
  if (turn.place) message.location = turn.place;
  if (turn.photo) message.photo = turn.photo;
  const replies = await post(
    "api/messages",
    { headers: { "Content-Type": "application/json" }, body: JSON.stringify(message) },
    PATIENCE_MS,
  );
  if (!Array.isArray(replies) || replies.length === 0) throw new Refused("");
  return replies;
}

/** The queue of one conversation; `changed(turn)` is told whenever a turn's state moves. */
export class Outbox {
  constructor(conversation, changed) {
    this.conversation = conversation;
    this.changed = changed;
    this.waiting = [];
    this.current = null;
    this.closed = false;
  }

  get busy() {
    return this.current !== null;
  }

  /** Send a turn, now or after those before it; a turn that is queued or on its way is not sent twice. */
  add(turn) {
    if (turn === this.current || this.waiting.includes(turn) || turn.state === "sent") return;
    turn.state = "queued";
    turn.why = "";
    this.waiting.push(turn);
    this.changed(turn);
    this.next();
  }

  /** Forget everything; what is still on its way is not heard any more. */
  close() {
    this.closed = true;
    this.waiting = [];
  }

  async next() {
    if (this.current || this.waiting.length === 0) return;
    const turn = this.waiting.shift();
    this.current = turn;
    turn.state = "sending";
    this.changed(turn);
    try {
      turn.replies = await deliver(turn, this.conversation);
      turn.state = "sent";
    } catch (error) {
      turn.state = "failed";
      turn.why = error instanceof Refused ? error.message : "";
    }
    this.current = null;
    if (this.closed) return;
    this.changed(turn);
    this.next();
  }
}
